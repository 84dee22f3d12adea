/** https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'property'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression };

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

type Token = { readonly type: 'string' | 'number' | 'name' | 'sign' | 'end'; readonly text: string };

/**
 * The inside of a text that the deployment engine evaluates: it begins with one bracket and ends with one. Undefined for
 * ordinary text; `[[` is how such a text begins with a bracket.
 */
export function expressionIn(text: string): string | undefined {
  return text.startsWith('[') && text.endsWith(']') && !text.startsWith('[[') ? text.slice(1, -1) : undefined;
}

/** Ordinary text as its author meant it. */
export const literalText = (text: string): string =>
  text.startsWith('[[') && text.endsWith(']') ? text.slice(1) : text;

/** Throws `ExpressionError` with the place in words. */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokenize(source));
  const parsed = parser.expression();
  parser.expect('end', '');
  return parsed;
}

function tokenize(source: string): Token[] {
  const pattern =
    /\s*(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*(?=\s*\())?)|([()[\].,]))/y;
  const tokens: Token[] = [];
  while (pattern.lastIndex < source.trimEnd().length) {
    const at = pattern.lastIndex;
    const [, text, number, name, sign] = pattern.exec(source) ?? [];
    if (text !== undefined) tokens.push({ type: 'string', text: text.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ type: 'number', text: number });
    else if (name !== undefined) tokens.push({ type: 'name', text: name });
    else if (sign !== undefined) tokens.push({ type: 'sign', text: sign });
    else throw new ExpressionError(`"${source.slice(at).trim().slice(0, 20)}" is not part of an expression`);
  }
  return [...tokens, { type: 'end', text: '' }];
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    let parsed = this.#primary();
    for (;;) {
      if (this.#takes('.')) parsed = { kind: 'property', of: parsed, name: this.expect('name', 'a name') };
      else if (this.#takes('[')) {
        parsed = { kind: 'index', of: parsed, index: this.expression() };
        this.#sign(']');
      } else return parsed;
    }
  }

  expect(type: Token['type'], what: string): string {
    const token = this.#take();
    if (token.type === type) return token.text;
    const wanted = type === 'end' ? 'the end' : what;
    throw new ExpressionError(`there is "${token.text}" where ${wanted} should be`);
  }

  #primary(): Expression {
    const token = this.#take();
    if (token.type === 'string') return { kind: 'literal', value: token.text };
    if (token.type === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.type !== 'name') throw new ExpressionError(`there is "${token.text}" where a value should be`);
    this.#sign('(');
    const args: Expression[] = [];
    if (this.#takes(')')) return { kind: 'call', name: token.text, args };
    do args.push(this.expression());
    while (this.#takes(','));
    this.#sign(')');
    return { kind: 'call', name: token.text, args };
  }

  #take(): Token {
    const token = this.#tokens[this.#next] ?? { type: 'end', text: '' };
    this.#next += 1;
    return token;
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#next];
    const isIt = token?.type === 'sign' && token.text === sign;
    if (isIt) this.#next += 1;
    return isIt;
  }

  #sign(sign: string): void {
    if (!this.#takes(sign)) {
      const text = this.#tokens[this.#next]?.text ?? '';
      throw new ExpressionError(`there is "${text}" where "${sign}" should be`);
    }
  }
}

/** The expression as text again; what it parses to is the same. */
export function renderExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'number'
        ? String(expression.value)
        : `'${expression.value.replaceAll("'", "''")}'`;
    case 'call':
      return `${expression.name}(${expression.args.map(renderExpression).join(', ')})`;
    case 'property':
      return `${renderExpression(expression.of)}.${expression.name}`;
    case 'index':
      return `${renderExpression(expression.of)}[${renderExpression(expression.index)}]`;
    default:
      return expression satisfies never;
  }
}
