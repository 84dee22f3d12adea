import { isObject, type JsonObject } from '../../api/json.ts';
import { ExpressionError } from './parse.ts';

/** Why an expression has no value here; the import makes a placeholder of it. */
export class Unresolved extends Error {
  override readonly name = 'Unresolved';
}

/** The arguments of a call, read as the function needs them. Each reader throws a sentence that names the function. */
export class Arguments {
  readonly #name: string;
  readonly all: readonly unknown[];

  constructor(name: string, all: readonly unknown[]) {
    this.#name = name;
    this.all = all;
  }

  at(index: number): unknown {
    if (index < this.all.length) return this.all[index];
    throw new ExpressionError(`${this.#name}() has too few arguments`);
  }

  text(index: number): string {
    const value = this.at(index);
    if (typeof value === 'string') return value;
    throw this.#wrong(index, 'text', value);
  }

  number(index: number): number {
    const value = this.at(index);
    if (typeof value === 'number') return value;
    throw this.#wrong(index, 'a number', value);
  }

  flag(index: number): boolean {
    const value = this.at(index);
    if (typeof value === 'boolean') return value;
    throw this.#wrong(index, 'true or false', value);
  }

  list(index: number): readonly unknown[] {
    const value = this.at(index);
    if (Array.isArray(value)) return value;
    throw this.#wrong(index, 'an array', value);
  }

  textOrList(index: number): string | readonly unknown[] {
    return typeof this.at(index) === 'string' ? this.text(index) : this.list(index);
  }

  object(index: number): JsonObject {
    const value = this.at(index);
    if (isObject(value)) return value;
    throw this.#wrong(index, 'an object', value);
  }

  texts(): string[] {
    return this.all.map((_, index) => this.text(index));
  }

  #wrong(index: number, expected: string, value: unknown): ExpressionError {
    const shown = JSON.stringify(value)?.slice(0, 40) ?? 'nothing';
    return new ExpressionError(`argument ${index + 1} of ${this.#name}() is ${shown}, not ${expected}`);
  }
}
