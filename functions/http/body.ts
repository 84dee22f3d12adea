import type { HttpRequest } from '@azure/functions';
import { KilnError } from '../../shared/errors/failure.ts';

/** As Azure Resource Manager: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const JSON_LIMIT = 4 * 1024 * 1024;

/** A template needs 8. What walks a body is recursive, and a body must not choose how deep. */
const DEPTH = 64;

export async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > limit ? undefined : new Uint8Array(await request.arrayBuffer());
  if (bytes !== undefined && bytes.length <= limit) return bytes;
  const message = `The body has ${bytes?.length ?? announced} bytes; the limit is ${limit}.`;
  throw new KilnError({ code: 'PayloadTooLarge', message });
}

export async function readJson(request: HttpRequest): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(request, JSON_LIMIT));
  if (isTooDeep(text)) {
    const message = `The body is nested deeper than ${DEPTH} levels.`;
    throw new KilnError({ code: 'InvalidJson', message });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    const message = `The body is not JSON: ${text === '' ? 'it is empty' : reason}.`;
    throw new KilnError({ code: 'InvalidJson', message }, { cause: error });
  }
}

/** Counts brackets outside of strings; whether they match is for the parser to say. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > DEPTH) return true;
  }
  return false;
}
