// What may be changed in a source file so that a test should notice, and the file with all changes in it, each behind a switch.
import { parseSync, visitorKeys } from 'oxc-parser';

export type Mutant = { readonly start: number; readonly end: number; readonly becomes: string };
type Node = Readonly<Record<string, unknown>> & { type: string; start: number; end: number };

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  ...{ '===': ['!=='], '!==': ['==='], '&&': ['||'], '||': ['&&'], '??': ['&&'] },
  ...{ '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'] },
  ...{ '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'] },
};
/** Calls whose object can stand in for what they answer. */
const LEFT_OUT = ['filter', 'slice', 'sort', 'toSorted', 'toReversed', 'trim', 'toLowerCase'];
const SWAPPED: Readonly<Record<string, string>> = { some: 'every', every: 'some', min: 'max', max: 'min' };
const FUNCTION = /^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/;

/** Those inside functions: what runs once, when its module is loaded, cannot be switched. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const visit = (node: Node, isInside: boolean): void => {
    if (isInside) found.push(...changesOf(node, (at) => source.slice(at.start, at.end)));
    const within = isInside || FUNCTION.test(node.type);
    for (const key of visitorKeys[node.type] ?? [])
      if (!isFixed(node, key)) for (const child of nodesIn(node[key])) visit(child, within);
  };
  for (const program of nodesIn(parseSync(file, source).program)) visit(program, false);
  return found;
}

function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Names of fields and modules, and types. */
function isFixed({ type, computed }: Node, key: string): boolean {
  if (/^(Import|ExportAll)/.test(type) || key === 'typeAnnotation' || key === 'returnType') return true;
  if (type.startsWith('TS')) return key !== 'expression';
  return (key === 'key' || key === 'property') && computed !== true;
}

function changesOf(node: Node, text: (node: Node) => string): Mutant[] {
  const change = (at: Node, ...texts: string[]): Mutant[] =>
    texts.map((becomes) => ({ start: at.start, end: at.end, becomes }));
  const part = (key: string): Node => nodesIn(node[key])[0] ?? node;
  const { type } = node;
  if (type === 'BinaryExpression' || type === 'LogicalExpression') {
    const [left, right] = [text(part('left')), text(part('right'))];
    // What joins texts has no opposite.
    if (node['operator'] === '+' && /['`]/.test(left + right)) return [];
    const others = OPERATORS[String(node['operator'])] ?? [];
    return change(node, ...others.map((other) => `(${left}) ${other} (${right})`));
  }
  if (type === 'ConditionalExpression' || type === 'IfStatement')
    return change(part('test'), 'true', 'false');
  if (type === 'UnaryExpression' && node['operator'] === '!') return change(node, text(part('argument')));
  if (type === 'ArrayExpression' && nodesIn(node['elements']).length > 0) return change(node, '[]');
  if (type === 'ObjectExpression' && nodesIn(node['properties']).length > 0) return change(node, '({})');
  if (type === 'CallExpression') return change(node, ...calls(part('callee'), node, text));
  return type === 'Literal' ? change(node, ...literals(node['value'])) : [];
}

function calls(callee: Node, call: Node, text: (node: Node) => string): string[] {
  if (callee.type !== 'MemberExpression' || callee['optional'] === true) return [];
  const [object, property] = [nodesIn(callee['object'])[0], nodesIn(callee['property'])[0]];
  if (object === undefined || property === undefined) return [];
  const other = SWAPPED[text(property)];
  if (other === undefined) return LEFT_OUT.includes(text(property)) ? [text(object)] : [];
  return [`${text(object)}.${other}${text(call).slice(callee.end - call.start)}`];
}

function literals(value: unknown): string[] {
  if (typeof value === 'boolean') return [String(!value)];
  if (typeof value === 'number') return [String(value + 1)];
  return typeof value === 'string' && value !== '' ? ["''"] : [];
}

/** `$mutant` is asked for each of them whether it is the one that holds now. `first` is the number of the first. */
export function switched(source: string, mutants: readonly Mutant[], first: number): string {
  const at = new Map<string, number[]>();
  mutants.forEach(({ start, end }, index) =>
    at.set(`${start}:${end}`, [...(at.get(`${start}:${end}`) ?? []), index]),
  );
  const marks = [...at].flatMap(([range, indexes]) => {
    const [start = 0, end = 0] = range.split(':').map(Number);
    const choices = indexes.map((index) => `$mutant(${first + index}) ? (${mutants[index]?.becomes}) : `);
    const size = end - start;
    return [
      { position: start, order: -size, text: `(${choices.join('')}(` },
      { position: end, order: size - 1e9, text: '))' },
    ];
  });
  let [result, done] = ['', 0];
  // Where one ends and another starts, the end comes first; of two that end together the inner one does.
  for (const { position, text } of marks.sort((a, b) => a.position - b.position || a.order - b.order)) {
    result += source.slice(done, position) + text;
    done = position;
  }
  return result + source.slice(done);
}
