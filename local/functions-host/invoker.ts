import type { AppFunction, FunctionApp, Invocation, NamedBinding } from './app.ts';
import type { InputData, TypedData } from './contract.ts';

/** Supplies the value of an input binding other than the trigger. */
export type InputBinding = { readonly types: readonly string[]; readonly value: () => TypedData };

/** Calls functions with their trigger's data and the values of their further inputs. */
export class Invoker {
  readonly #app: FunctionApp;
  readonly #inputs: readonly InputBinding[];

  constructor(app: FunctionApp, inputs: readonly InputBinding[]) {
    this.#app = app;
    this.#inputs = inputs;
  }

  /** Input and output bindings that nothing here supplies, in words. `$return` of an HTTP function is its answer. */
  unsupported(target: AppFunction): string[] {
    const inputs = target.inputs.filter((binding) => !this.#find(binding));
    const outputs = target.outputs.filter(({ type }) => type.toLowerCase() !== 'http');
    return [...inputs, ...outputs].map(
      ({ type, direction }) => `function '${target.name}' has a binding of type '${type}' (${direction})`,
    );
  }

  /** Rejects with what the function threw. */
  async run(target: AppFunction, data: TypedData): Promise<Invocation> {
    const inputData: InputData[] = [{ name: target.trigger.name, data }];
    for (const binding of target.inputs) {
      const input = this.#find(binding);
      if (input) inputData.push({ name: binding.name, data: input.value() });
    }
    return this.#app.invoke(target, { inputData });
  }

  #find(binding: NamedBinding): InputBinding | undefined {
    return this.#inputs.find(({ types }) => types.includes(binding.type.toLowerCase()));
  }
}
