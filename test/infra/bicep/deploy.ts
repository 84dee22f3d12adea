import path from 'node:path';
import type { Node } from 'web-tree-sitter';
import { Evaluator, type Scope } from './evaluate.ts';
import { unknown } from './functions.ts';
import { type BicepFile, type Declaration, named, readBicep } from './syntax.ts';

/** A resource as Azure would be asked for it. Values that only Azure knows are texts with «…». */
export type Resource = {
  readonly type: string;
  readonly apiVersion: string;
  /** With the names of its parents, as in a resource id. */
  readonly name: string;
  readonly body: any;
  readonly where: string;
};

export type Deployment = { readonly resources: readonly Resource[]; readonly outputs: Record<string, any> };

/** What a file gives for these parameters, modules included. Throws for a missing, unknown or refused parameter. */
export function deploy(file: string, params: Record<string, unknown>): Deployment {
  return new Template(readBicep(file), params).run();
}

class Template {
  readonly #file: BicepFile;
  readonly #params: Record<string, unknown>;
  readonly #values = new Map<string, unknown>();
  readonly #evaluator: Evaluator;
  readonly #resources: Resource[] = [];
  readonly #scope: Scope;

  constructor(file: BicepFile, params: Record<string, unknown>) {
    this.#file = file;
    this.#params = params;
    this.#evaluator = new Evaluator(file.path);
    this.#scope = (name) => this.#valueOf(name);
  }

  run(): Deployment {
    const known = new Set(
      this.#file.declarations.filter(({ kind }) => kind === 'param').map(({ name }) => name),
    );
    for (const name of Object.keys(this.#params))
      if (!known.has(name)) throw new Error(`${this.#file.path} has no parameter ${name}`);
    const outputs: Record<string, unknown> = {};
    for (const declaration of this.#file.declarations) {
      const value =
        declaration.kind === 'output' ? this.#evaluator.value(declaration.value!, this.#scope) : undefined;
      if (declaration.kind === 'output') outputs[declaration.name] = value;
      else this.#valueOf(declaration.name);
    }
    for (const { kind, name, line } of this.#file.declarations)
      if (
        (kind === 'param' || kind === 'var') &&
        this.#file.text.split(new RegExp(`\\b${name}\\b`)).length < 3
      )
        throw new Error(`${this.#file.path}:${line}: ${kind} ${name} is not used`);
    return { resources: this.#resources, outputs };
  }

  #valueOf(name: string): unknown {
    if (this.#values.has(name)) return this.#values.get(name);
    const declaration = this.#file.declarations.find((one) => one.name === name && one.kind !== 'output');
    if (!declaration) throw new Error(`${this.#file.path}: ${name} is not declared`);
    const value = this.#make(declaration);
    this.#values.set(name, value);
    return value;
  }

  #make(declaration: Declaration): unknown {
    switch (declaration.kind) {
      case 'param':
        return this.#param(declaration);
      case 'resource':
        return this.#each(declaration.value!, this.#scope, (body, scope) =>
          this.#resource(declaration, body, scope),
        );
      case 'module':
        return this.#each(declaration.value!, this.#scope, (body, scope) =>
          this.#module(declaration, body, scope),
        );
      case 'var':
      case 'output':
        return this.#evaluator.value(declaration.value!, this.#scope);
    }
  }

  /** Loops and conditions around the object of a resource or module. */
  #each(node: Node, scope: Scope, make: (body: Node, scope: Scope) => unknown): unknown {
    if (node.type === 'for_statement')
      return this.#evaluator.loop(node, scope, (body, inner) => this.#each(body, inner, make));
    if (node.type !== 'if_statement') return make(node, scope);
    const [condition, body] = named(node);
    return this.#evaluator.condition(condition!, scope) ? make(body!, scope) : null;
  }

  #param(declaration: Declaration): unknown {
    const { name, type, value, decorators, line } = declaration;
    const where = `${this.#file.path}:${line}: ${name}`;
    if (!(name in this.#params) && !value) throw new Error(`${where} is required`);
    const given: any = name in this.#params ? this.#params[name] : this.#evaluator.value(value!, this.#scope);
    const actual = Array.isArray(given)
      ? 'array'
      : typeof given === 'number'
        ? 'int'
        : typeof given === 'boolean'
          ? 'bool'
          : typeof given;
    if (actual !== type) throw new Error(`${where} is of type ${type}, not ${actual}`);
    const limit = (decorator: string): any =>
      decorators[decorator] && this.#evaluator.value(decorators[decorator], this.#scope);
    const size = typeof given === 'number' ? given : given.length;
    const [allowed, least, most] = [
      limit('allowed'),
      limit('minLength') ?? limit('minValue'),
      limit('maxLength') ?? limit('maxValue'),
    ];
    if (allowed && !allowed.includes(given)) throw new Error(`${where} is ${given}, not one of ${allowed}`);
    if (least !== undefined && size < least) throw new Error(`${where} is shorter or smaller than ${least}`);
    if (most !== undefined && size > most && !String(given).includes('«'))
      throw new Error(`${where} is longer or larger than ${most}`);
    return given;
  }

  #resource(declaration: Declaration, node: Node, scope: Scope): unknown {
    const { parent, scope: on, name: own, ...rest } = this.#evaluator.value(node, scope);
    const [type = '', apiVersion = ''] = declaration.type.split('@');
    const name = parent ? `${parent.fullName}/${own}` : own;
    const where = `${this.#file.path}:${declaration.line}: ${declaration.name}`;
    if (!declaration.existing)
      this.#resources.push({ type, apiVersion, name, body: { name: own, ...rest }, where });
    const id = `${on?.id ?? unknown('scope')}/providers/${type}/${name}`;
    return runtime(declaration.name, { ...rest, id, name: own, fullName: name });
  }

  #module(declaration: Declaration, node: Node, scope: Scope): unknown {
    const { params = {}, name, scope: on } = this.#evaluator.value(node, scope);
    const file = readBicep(path.join(path.dirname(this.#file.path), declaration.type));
    const wanted = on?.scope === 'subscription' ? 'subscription' : on ? 'resourceGroup' : this.#file.scope;
    if (file.scope !== wanted)
      throw new Error(
        `${this.#file.path}:${declaration.line}: ${file.path} is for a ${file.scope}, not a ${wanted}`,
      );
    if (typeof name !== 'string')
      throw new Error(`${this.#file.path}:${declaration.line}: the module has no name`);
    const { resources, outputs } = new Template(file, params).run();
    this.#resources.push(...resources);
    return { outputs };
  }
}

/** Properties that nobody set are Azure's to tell. */
function runtime(what: string, value: Record<string, unknown>): unknown {
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string' || key === 'scope' || key === 'toJSON') return undefined;
      const inner = target[key];
      if (inner === undefined) return unknown(`${what}.${key}`);
      return key === 'properties' ? runtime(`${what}.properties`, { ...(inner as object) }) : inner;
    },
  });
}
