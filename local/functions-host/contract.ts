/**
 * The part of `@azure/functions-core` that the v4 programming model uses. The Node worker of Azure Functions supplies that
 * module, no package exists. https://github.com/Azure/azure-functions-nodejs-worker/tree/v4.x/types-core
 */
export type Binding = { readonly type: string; readonly direction: 'in' | 'out' } & Readonly<
  Record<string, unknown>
>;

export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: unknown;
};

export type HttpData = {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableQuery?: Readonly<Record<string, { readonly value: string }>>;
  readonly nullableParams?: Readonly<Record<string, { readonly value: string }>>;
  readonly body?: TypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly HttpCookie[];
};

type Nullable<T> = { readonly value?: T } | null | undefined;

export type HttpCookie = {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly maxAge?: Nullable<number>;
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
};

/** Exactly one member is set. */
export type TypedData = {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: HttpData | null;
};

export type InputData = { readonly name: string; readonly data: TypedData };

export type InvocationResponse = {
  readonly outputData?: readonly InputData[];
  readonly returnValue?: TypedData | null;
};

export type CoreContext = {
  readonly invocationId: string;
  readonly request: {
    readonly invocationId: string;
    readonly functionId: string;
    readonly inputData: readonly InputData[];
    readonly triggerMetadata: Readonly<Record<string, TypedData>>;
    readonly traceContext: object;
  };
  readonly metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: string, category: string, message: string): void;
};

export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: object) => unknown;

export type InvocationModel = {
  getArguments(): Promise<{ readonly context: object; readonly inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
};

export type ProgrammingModel = {
  getInvocationModel(context: CoreContext): InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
};
