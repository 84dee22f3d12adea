import Module from 'node:module';
import type { FunctionCallback, FunctionMetadata, HookCallback, ProgrammingModel } from './contract.ts';

/** Who gets what an app registers while it loads. */
export interface Registrar {
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): void;
  registerHook(name: string, callback: HookCallback): void;
  removeFunction(name: string): void;
  removeHook(name: string, callback: HookCallback): void;
  log(level: string, category: string, message: string): void;
}

let registrar: Registrar | undefined;
let model: ProgrammingModel | undefined;

class Disposable {
  readonly #callback: (() => void) | undefined;
  constructor(callback?: () => void) {
    this.#callback = callback;
  }
  dispose(): void {
    this.#callback?.();
  }
}

function current(): Registrar {
  if (!registrar) throw new Error('A function can only be registered while the host loads the app.');
  return registrar;
}

/** The library keeps this object for ever and sets its model once per process, hence one object for all apps. */
const coreModule = {
  version: '3.10.0',
  hostVersion: '4.1037.0',
  Disposable,
  setProgrammingModel(next: ProgrammingModel): void {
    model = next;
  },
  getProgrammingModel: (): ProgrammingModel | undefined => model,
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    const owner = current();
    owner.registerFunction(metadata, callback);
    return new Disposable(() => owner.removeFunction(metadata.name));
  },
  registerHook(name: string, callback: HookCallback): Disposable {
    const owner = current();
    owner.registerHook(name, callback);
    return new Disposable(() => owner.removeHook(name, callback));
  },
  log(level: string, category: string, message: string): void {
    registrar?.log(level, category, message);
  },
};

// As the Node worker does. It must be in place before anything imports @azure/functions, which caches a miss for ever.
// https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/setupCoreModule.ts
// oxlint-disable-next-line typescript/unbound-method -- it is called with the module that requires, below
const requireModule = Module.prototype.require;
const isCore = (id: string): boolean => id === '@azure/functions-core';
Module.prototype.require = Object.assign(function require(this: NodeJS.Module, id: string): unknown {
  return isCore(id) ? coreModule : requireModule.call(this, id);
}, requireModule);

/** From here on registrations go to `next`. */
export function registerInto(next: Registrar): void {
  registrar = next;
}

/** The model of @azure/functions. Throws when no app has loaded that package. */
export function programmingModel(): ProgrammingModel {
  if (!model) throw new Error('The app registered no function: it must import @azure/functions (v4 model).');
  return model;
}
