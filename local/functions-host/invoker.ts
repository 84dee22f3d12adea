import type { AppFunction, FunctionApp, Invocation, NamedBinding } from './app.ts';
import type { InputData, InvocationResponse, TypedData } from './contract.ts';

/** Supplies the value of an input binding other than the trigger. */
export type InputBinding = { readonly types: readonly string[]; readonly value: () => TypedData };

/** Takes what a function gives out apart from its answer. */
export interface OutputBinding {
  readonly types: readonly string[];
  /** What is wrong with a binding, in words. */
  problem(binding: NamedBinding): string | undefined;
  /** Rejects when it could not be handed over: the invocation has failed then. */
  send(target: AppFunction, binding: NamedBinding, response: InvocationResponse): Promise<void>;
}

/** The engine takes the results of these itself; it knows no further outputs. */
const DURABLE = /^(?:orchestration|activity|entity)trigger$/i;

/** Calls functions with their trigger's data and the values of their further inputs. */
export class Invoker {
  readonly #app: FunctionApp;
  readonly #inputs: readonly InputBinding[];
  readonly #outputs: readonly OutputBinding[];

  constructor(app: FunctionApp, inputs: readonly InputBinding[], outputs: readonly OutputBinding[]) {
    this.#app = app;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  /** Input and output bindings that nothing here serves, in words. `$return` of an HTTP function is its answer. */
  unsupported(target: AppFunction): string[] {
    const isDurable = DURABLE.test(target.trigger.type);
    const inputs = target.inputs.filter((binding) => !this.#find(binding));
    const outputs = target.outputs.filter(
      (binding) => binding.type.toLowerCase() !== 'http' && (isDurable || !this.#findOutput(binding)),
    );
    const wrong = target.outputs.flatMap((binding) => this.#findOutput(binding)?.problem(binding) ?? []);
    return [
      ...[...inputs, ...outputs].map(
        ({ type, direction }) => `function '${target.name}' has a binding of type '${type}' (${direction})`,
      ),
      ...wrong.map((problem) => `function '${target.name}': ${problem}`),
    ];
  }

  /** Rejects with what the function threw, or when an output could not be handed over. */
  async run(
    target: AppFunction,
    data: TypedData,
    triggerMetadata: Readonly<Record<string, TypedData>> = {},
  ): Promise<Invocation> {
    const inputData = [{ name: target.trigger.name, data }, ...inputsOf(target, this.#inputs)];
    const invocation = await this.#app.invoke(target, { inputData, triggerMetadata });
    for (const binding of target.outputs)
      await this.#findOutput(binding)?.send(target, binding, invocation.response);
    return invocation;
  }

  #findOutput(binding: NamedBinding): OutputBinding | undefined {
    return this.#outputs.find(({ types }) => types.includes(binding.type.toLowerCase()));
  }

  #find(binding: NamedBinding): InputBinding | undefined {
    return find(this.#inputs, binding);
  }
}

/** The values of a function's further inputs. */
export function inputsOf(target: AppFunction, known: readonly InputBinding[]): InputData[] {
  return target.inputs.flatMap((binding) => {
    const input = find(known, binding);
    return input === undefined ? [] : [{ name: binding.name, data: input.value() }];
  });
}

function find(known: readonly InputBinding[], binding: NamedBinding): InputBinding | undefined {
  return known.find(({ types }) => types.includes(binding.type.toLowerCase()));
}
