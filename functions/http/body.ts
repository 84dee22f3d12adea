import type { HttpRequest } from '@azure/functions';
import { KilnError } from '../../shared/errors/failure.ts';

/** As Azure Resource Manager: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const JSON_LIMIT = 4 * 1024 * 1024;

export async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > limit ? undefined : new Uint8Array(await request.arrayBuffer());
  if (bytes !== undefined && bytes.length <= limit) return bytes;
  const message = `The body has ${bytes?.length ?? announced} bytes; the limit is ${limit}.`;
  throw new KilnError({ code: 'PayloadTooLarge', message });
}

export async function readJson(request: HttpRequest): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(request, JSON_LIMIT));
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    const message = `The body is not JSON: ${text === '' ? 'it is empty' : reason}.`;
    throw new KilnError({ code: 'InvalidJson', message }, { cause: error });
  }
}
