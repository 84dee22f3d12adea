import { randomUUID } from 'node:crypto';
import { programmingModel, type Registrar } from './core-module.ts';
import type {
  Binding,
  CoreContext,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  InputData,
  InvocationResponse,
  TypedData,
} from './contract.ts';
import { withDeadline } from './deadline.ts';
import type { Log, LogLevel } from './log.ts';

export type NamedBinding = Binding & { readonly name: string };

export type AppFunction = {
  readonly name: string;
  readonly callback: FunctionCallback;
  readonly metadata: FunctionMetadata;
  readonly trigger: NamedBinding;
  readonly inputs: readonly NamedBinding[];
  readonly outputs: readonly NamedBinding[];
};

export type InvocationRequest = {
  readonly inputData: readonly InputData[];
  readonly triggerMetadata?: Readonly<Record<string, TypedData>>;
};

/** How an invocation ended. `context` is there also after a failure: orchestrators leave their state in it. */
export type Invocation = {
  readonly context: object;
  readonly result: unknown;
  readonly failure: { readonly error: unknown } | undefined;
  readonly response: InvocationResponse;
};

/** What an app registered, and how to call it. Does what the Node worker's InvocationHandler does. */
export class FunctionApp implements Registrar {
  readonly functions = new Map<string, AppFunction>();
  readonly #hooks = new Map<string, HookCallback[]>();
  readonly #appHookData = {};
  readonly #log: Log;
  readonly #timeout: number;
  #locked = false;

  /** `timeout`: the longest invocation in milliseconds. */
  constructor(log: Log, timeout: number) {
    this.#log = log;
    this.#timeout = timeout;
  }

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): void {
    if (this.#locked) throw new Error('A function can only be registered during app startup.');
    if (this.functions.has(metadata.name))
      throw new Error(`A function with id "${metadata.name}" has already been registered.`);
    const bindings = Object.entries(metadata.bindings).map(([name, binding]) => ({ ...binding, name }));
    const isTrigger = (binding: Binding): boolean => /trigger$/i.test(binding.type);
    const trigger = bindings.find(isTrigger);
    if (!trigger) throw new Error(`Function "${metadata.name}" has no trigger.`);
    const inputs = bindings.filter((binding) => binding.direction === 'in' && !isTrigger(binding));
    const outputs = bindings.filter((binding) => binding.direction === 'out');
    this.functions.set(metadata.name, { name: metadata.name, callback, metadata, trigger, inputs, outputs });
  }

  removeFunction(name: string): void {
    this.functions.delete(name);
  }

  registerHook(name: string, callback: HookCallback): void {
    this.#hooks.set(name, [...(this.#hooks.get(name) ?? []), callback]);
  }

  removeHook(name: string, callback: HookCallback): void {
    this.#hooks.set(
      name,
      (this.#hooks.get(name) ?? []).filter((each) => each !== callback),
    );
  }

  log(level: string, category: string, message: string): void {
    this.#log(toLevel(level), category, message);
  }

  /** Ends registration and runs the appStart hooks. */
  async begin(directory: string): Promise<void> {
    const capabilities = await programmingModel().getCapabilities?.({ RpcHttpBodyOnly: 'true' });
    // The library would open a listener of its own on all interfaces.
    if (capabilities?.['HttpUri'])
      throw new Error(
        'app.setup({ enableHttpStream: true }) is not supported by the local host. Leave it out.',
      );
    this.#locked = true;
    await this.#run('appStart', { functionAppDirectory: directory });
  }

  async end(): Promise<void> {
    await this.#run('appTerminate', {});
  }

  /** Functions whose trigger is of one of these types, compared without case. */
  triggeredBy(...types: readonly string[]): AppFunction[] {
    const wanted = types.map((type) => type.toLowerCase());
    return [...this.functions.values()].filter(({ trigger }) => wanted.includes(trigger.type.toLowerCase()));
  }

  /** Rejects with what the function threw. */
  async invoke(target: AppFunction, request: InvocationRequest): Promise<Invocation> {
    const invocation = await this.tryInvoke(target, request);
    if (invocation.failure) throw invocation.failure.error;
    return invocation;
  }

  /** Resolves also when the function throws. */
  async tryInvoke(target: AppFunction, request: InvocationRequest): Promise<Invocation> {
    const core = this.#coreContext(target, request);
    const model = programmingModel().getInvocationModel(core);
    const { context, inputs } = await model.getArguments();
    const shared = { hookData: {}, appHookData: this.#appHookData, invocationContext: context };
    const before = { ...shared, functionCallback: target.callback, inputs };
    core.state = 'preInvocationHooks';
    await this.#run('preInvocation', before);
    const after: { result: unknown; error: unknown } = { result: null, error: null };
    core.state = 'invocation';
    try {
      const work = model.invokeFunction(context, before.inputs, before.functionCallback);
      after.result = await withDeadline(work, this.#timeout, target.name);
    } catch (error) {
      after.error = error ?? new Error('The function threw nothing.');
    }
    core.state = 'postInvocationHooks';
    const seen = Object.assign(after, shared, { inputs: before.inputs });
    await this.#run('postInvocation', seen);
    core.state = undefined;
    if (seen.error) return { context, result: undefined, failure: { error: seen.error }, response: {} };
    const response = await model.getResponse(context, seen.result);
    return { context, result: seen.result, failure: undefined, response };
  }

  #coreContext(target: AppFunction, request: InvocationRequest): CoreContext {
    const invocationId = randomUUID();
    return {
      invocationId,
      request: {
        invocationId,
        functionId: target.name,
        inputData: request.inputData,
        triggerMetadata: request.triggerMetadata ?? {},
        traceContext: {},
      },
      metadata: target.metadata,
      state: undefined,
      log: (level, _category, message) => this.#log(toLevel(level), target.name, message),
    };
  }

  async #run(hook: string, context: object): Promise<void> {
    for (const callback of this.#hooks.get(hook) ?? []) {
      const data = { hookData: {}, appHookData: this.#appHookData };
      await callback(Object.assign(context, 'hookData' in context ? {} : data));
    }
  }
}

function toLevel(level: string): LogLevel {
  switch (level) {
    case 'trace':
    case 'debug':
    case 'warning':
    case 'error':
      return level;
    case 'critical':
      return 'error';
    default:
      return 'info';
  }
}
