import { isObject } from '../../api/json.ts';
import { hasOpenPart, shown } from '../open-values.ts';
import { Arguments, Unresolved } from './arguments.ts';
import { KEEPS_OPEN_PARTS, PLAIN_FUNCTIONS, type ArmFunction } from './functions.ts';
import { ExpressionError, renderExpression, type Expression } from './parse.ts';

/** Values that an expression can name. Each throws `ExpressionError` for a name that is not declared. */
export type Scope = {
  readonly parameter: (name: string) => unknown;
  readonly variable: (name: string) => unknown;
  readonly functions: Readonly<Record<string, ArmFunction>>;
};

/** Throws `Unresolved` for what cannot be known here, `ExpressionError` for what no engine would accept. */
export function evaluate(expression: Expression, scope: Scope): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'property':
      return member(evaluate(expression.of, scope), expression.name, expression);
    case 'index': {
      const container = evaluate(expression.of, scope);
      const index = evaluate(expression.index, scope);
      if (Array.isArray(container) && typeof index === 'number' && index in container)
        return container[index];
      if (typeof index === 'string') return member(container, index, expression);
      throw new ExpressionError(`${renderExpression(expression)} has no such item`);
    }
    case 'call':
      return call(expression, scope);
    default:
      return expression satisfies never;
  }
}

/** Names of properties are looked up without case, as the engine does. */
function member(container: unknown, name: string, expression: Expression): unknown {
  if (typeof container === 'string' && hasOpenPart(container))
    throw new Unresolved(`${renderExpression(expression)} looks into an open value`);
  const entries = isObject(container) ? Object.keys(container) : [];
  const key = entries.find((entry) => entry.toLowerCase() === name.toLowerCase());
  if (isObject(container) && key !== undefined) return container[key];
  throw new ExpressionError(`there is no "${name}" in ${renderExpression(expression)}`);
}

function call({ name, args }: Expression & { kind: 'call' }, scope: Scope): unknown {
  const key = name.toLowerCase();
  // Only the branch that is taken is evaluated, as the engine does.
  if (key === 'if' && args.length === 3) {
    const [condition, yes, no] = args;
    const holds = condition && evaluate(condition, scope);
    if (hasOpenPart(holds)) throw new Unresolved('the condition of if() is open');
    const taken = holds === true ? yes : no;
    return taken && evaluate(taken, scope);
  }
  const read = new Arguments(
    name,
    args.map((arg) => evaluate(arg, scope)),
  );
  if (key === 'parameters') return scope.parameter(read.text(0));
  if (key === 'variables') return scope.variable(read.text(0));
  // Azure's own functions make texts of names, or have no value here whatever they are given.
  if (Object.hasOwn(scope.functions, key)) return scope.functions[key]?.(read);
  const known = own(key);
  if (known === undefined)
    throw new ExpressionError(`${name}() is not known to the import; write what it gives into the result`);
  const open = read.all.find(hasOpenPart);
  if (open !== undefined && !KEEPS_OPEN_PARTS.has(key))
    throw new Unresolved(`${name}() looks into ${shown(JSON.stringify(open)).slice(0, 60)}, which is open`);
  return known(read);
}

const own = (key: string): ArmFunction | undefined =>
  Object.hasOwn(PLAIN_FUNCTIONS, key) ? PLAIN_FUNCTIONS[key] : undefined;
