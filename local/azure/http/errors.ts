import type { Json, JsonObject } from '../json.ts';

/**
 * A refusal in ARM's words. Body: `{"error": {code, message, target?, details?}}`
 * https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/common-api-details.md#error-response-content
 */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Json[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { target?: string; headers?: Readonly<Record<string, string>>; details?: Json[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.target = more.target;
    this.headers = more.headers ?? {};
    this.details = more.details;
  }

  /** The inner object: what an operation's `error` holds. */
  toError(): JsonObject {
    const target: JsonObject = this.target === undefined ? {} : { target: this.target };
    return { code: this.code, message: this.message, ...target };
  }

  toBody(details: Json[] | undefined = this.details): Json {
    return { error: { ...this.toError(), ...(details === undefined ? {} : { details }) } };
  }
}

export function badRequest(code: string, message: string, target?: string): ArmError {
  return new ArmError(400, code, message, target === undefined ? {} : { target });
}

/** Compute's name for a value it does not accept; `target` is the property's name. */
export function invalidParameter(message: string, target?: string): ArmError {
  return badRequest('InvalidParameter', message, target);
}

export function conflict(code: string, message: string, target?: string): ArmError {
  return new ArmError(409, code, message, target === undefined ? {} : { target });
}

export function notFound(code: string, message: string, target?: string): ArmError {
  return new ArmError(404, code, message, target === undefined ? {} : { target });
}

/** What went wrong as ARM would say it; an unexpected error becomes a 500 that keeps its text for the log's reader. */
export function toArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ArmError(500, 'InternalServerError', message);
}
