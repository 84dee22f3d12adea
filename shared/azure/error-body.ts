import { at, listAt, parseJson, textAt } from './answer.ts';

/** An error as Azure words it, whichever of its shapes it came in. */
export type AzureError = {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details: readonly AzureError[];
};

/** Reads `{"error": {…}}`, a bare error, or an error that is JSON text inside the message of another one. */
export function readAzureError(body: unknown): AzureError | undefined {
  const error = at(body, 'error') ?? body;
  const code = textAt(error, 'code') ?? textAt(error, 'Code');
  const message = textAt(error, 'message') ?? textAt(error, 'Message');
  if (code === undefined && message === undefined) return undefined;
  const target = textAt(error, 'target');
  const nested = nestedIn(message ?? '');
  const details = [...listAt(error, 'details'), at(error, 'innererror'), at(error, 'innerError')]
    .map(readAzureError)
    .filter((detail) => detail !== undefined);
  return {
    code: code ?? 'Unknown',
    message: withoutSecrets(nested?.message ?? message ?? ''),
    ...(target === undefined ? {} : { target }),
    details: nested === undefined ? details : [nested, ...details],
  };
}

/** The error itself, then everything below it: deployments wrap the cause once or twice. */
export function withDetails(error: AzureError): readonly AzureError[] {
  return [error, ...error.details.flatMap(withDetails)];
}

/**
 * Azure repeats URLs of ours in its messages; the signature of a SAS must not reach histories and logs.
 */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/([?&]sig=)[^&\s"']+/gi, '$1…');
}

function nestedIn(message: string): AzureError | undefined {
  return message.trimStart().startsWith('{') ? readAzureError(parseJson(message)) : undefined;
}
