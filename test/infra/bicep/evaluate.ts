import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import { FUNCTIONS, isUnknown, unknown } from './functions.ts';
import { named } from './syntax.ts';

/** Finds what a name means. Throws for a name that means nothing. */
export type Scope = (name: string) => unknown;

/** Evaluates expressions of one file. Whatever is not understood throws with its line: nothing is skipped silently. */
export class Evaluator {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  value(node: Node, scope: Scope): any {
    const [first] = named(node);
    switch (node.type) {
      case 'string':
        return this.#text(node, scope);
      case 'number':
        return Number(node.text);
      case 'boolean':
        return node.text === 'true';
      case 'null':
        return null;
      case 'identifier':
        return scope(node.text);
      case 'parenthesized_expression':
        return this.value(first!, scope);
      case 'array':
        return named(node).map((item) => this.value(item, scope));
      case 'object':
        return Object.fromEntries(named(node).flatMap((property) => this.#property(property, scope)));
      case 'ternary_expression':
        return this.value(
          node.childForFieldName(
            this.#truth(node.childForFieldName('condition')!, scope) ? 'consequence' : 'alternative',
          )!,
          scope,
        );
      case 'unary_expression':
        return node.text.startsWith('!') ? !this.#truth(first!, scope) : -this.value(first!, scope);
      case 'binary_expression':
        return this.#binary(node, scope);
      case 'member_expression':
      case 'subscript_expression':
        return lambdaIn(node) ? this.#lambda(node, lambdaIn(node)!, scope) : this.#access(node, scope);
      case 'lambda_expression':
        return this.#lambda(node, node, scope);
      case 'call_expression':
        return lambdaIn(node)
          ? this.#lambda(node, lambdaIn(node)!, scope)
          : this.#function(node, node.childForFieldName('function')!.text, scope);
      case 'for_statement':
        return this.loop(node, scope, (body, inner) => this.value(body, inner));
      case 'interpolation':
        return this.value(first!, scope);
      default:
        throw this.fault(node, `${node.type} is not understood`);
    }
  }

  /** Runs the body of a `for` for each item. */
  loop<T>(node: Node, scope: Scope, each: (body: Node, scope: Scope) => T): T[] {
    const [variables, list] = named(node);
    const [item = '', index] =
      variables!.type === 'for_loop_parameters' ? named(variables!).map((v) => v.text) : [variables!.text];
    const body = node.childForFieldName('body')!;
    return this.value(list!, scope).map((value: unknown, at: number) =>
      each(body, (name) => (name === item ? value : name === index ? at : scope(name))),
    );
  }

  condition(node: Node, scope: Scope): boolean {
    return this.#truth(node, scope);
  }

  fault(node: Node, what: string): Error {
    return new Error(`${this.#file}:${node.startPosition.row + 1}: ${what}: ${node.text.slice(0, 80)}`);
  }

  #truth(node: Node, scope: Scope): boolean {
    const value = this.value(node, scope);
    if (typeof value !== 'boolean') throw this.fault(node, `a condition is ${JSON.stringify(value)}`);
    return value;
  }

  #text(node: Node, scope: Scope): string {
    const parts = node.namedChildren.map((part) => {
      if (part.type === 'interpolation') return String(this.value(part, scope));
      return part.type === 'escape_sequence' ? part.text.slice(1) : part.text;
    });
    return parts.join('');
  }

  #property(node: Node, scope: Scope): [string, unknown][] {
    const [key, value] = named(node);
    const name = key!.type === 'string' ? this.#text(key!, scope) : key!.text;
    return [[name, this.value(value!, scope)]];
  }

  #binary(node: Node, scope: Scope): unknown {
    const [left, right] = [node.childForFieldName('left')!, node.childForFieldName('right')!];
    const operator =
      node.childForFieldName('operator')?.text ?? node.children.find((c) => c && !c.isNamed)?.text;
    switch (operator ?? '') {
      case '&&':
        return this.#truth(left, scope) && this.#truth(right, scope);
      case '||':
        return this.#truth(left, scope) || this.#truth(right, scope);
      case '==':
        return this.value(left, scope) === this.value(right, scope);
      case '>':
        return this.value(left, scope) > this.value(right, scope);
      default:
        throw this.fault(node, `the operator ${operator} is not understood`);
    }
  }

  #access(node: Node, scope: Scope): unknown {
    const object: any = this.value(node.childForFieldName('object')!, scope);
    const property = node.childForFieldName('property');
    const key = property ? property.text : this.value(node.childForFieldName('index')!, scope);
    if (isUnknown(object)) return unknown(`${String(object).replaceAll(/[«»]/g, '')}.${key}`);
    const value = object?.[key];
    if (value === undefined) throw this.fault(node, `there is no ${key}`);
    return value;
  }

  /** The grammar binds `.x`, `[0]` and `(x)` after a lambda to the lambda; in Bicep they belong to its body. */
  #lambda(whole: Node, lambda: Node, scope: Scope): (item: unknown) => unknown {
    const [parameter, body] = named(lambda);
    return (item) => {
      const inner: Scope = (name) => (name === parameter!.text ? item : scope(name));
      const apply = (node: Node): any => {
        if (node.equals(lambda)) return this.value(body!, inner);
        if (node.type === 'call_expression') return this.#function(node, body!.text, inner);
        const object = apply(node.childForFieldName('object')!);
        const property = node.childForFieldName('property');
        return object[property ? property.text : this.value(node.childForFieldName('index')!, inner)];
      };
      return apply(whole);
    };
  }

  #function(node: Node, name: string, scope: Scope): unknown {
    const args = named(node.childForFieldName('arguments')!).map((argument) => this.value(argument, scope));
    if (name === 'loadJsonContent') {
      const file = path.join(path.dirname(this.#file), String(args[0]));
      return JSON.parse(readFileSync(file, 'utf8'));
    }
    const known = FUNCTIONS[name];
    if (!known) throw this.fault(node, `the function ${name} is not understood`);
    return known(...args);
  }
}

function lambdaIn(node: Node): Node | undefined {
  const inner = node.childForFieldName('object') ?? node.childForFieldName('function');
  if (inner === null || inner.type === 'lambda_expression') return inner ?? undefined;
  return /^(member|subscript|call)_expression$/.test(inner.type) ? lambdaIn(inner) : undefined;
}
