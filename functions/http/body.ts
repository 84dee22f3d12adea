import type { HttpRequest } from '@azure/functions';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Exchange } from './exchange.ts';
import { excessOf, others } from './json-text.ts';
import { repeatedField } from './repeated-field.ts';

/** As Azure Resource Manager: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const JSON_LIMIT = 4 * 1024 * 1024;

export async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  assertLength(request);
  const announced = Number(request.headers.get('content-length') ?? 0);
  const bytes = announced > limit ? undefined : new Uint8Array(await request.arrayBuffer());
  if (bytes !== undefined && bytes.length <= limit) return bytes;
  const message = `The body has ${bytes?.length ?? announced} bytes; the limit is ${limit}.`;
  throw new KilnError({ code: 'PayloadTooLarge', message });
}

export async function readJson({
  request,
  version,
}: Pick<Exchange, 'request' | 'version'>): Promise<unknown> {
  assertUtf8(request);
  const text = decode(await readBytes(request, JSON_LIMIT));
  await others();
  const excess = await excessOf(text);
  if (excess !== undefined) throw notJson(excess);
  await others();
  const value = parse(text);
  await others();
  // Older versions took the last of two fields, and templates may have got by with it.
  const twice = version.lenient ? undefined : repeatedField(text);
  if (twice === undefined) return value;
  const message = `The body has ${twice} twice. Keep one of them.`;
  throw new KilnError({ code: 'InvalidJson', target: twice, message });
}

/**
 * Throws `LengthRequired` for a chunked body: the Functions host hands on only what has a Content-Length, and an empty body would
 * be told to be empty. https://github.com/Azure/azure-functions-host/issues/4926
 */
function assertLength({ headers }: HttpRequest): void {
  if (headers.has('content-length') || !headers.has('transfer-encoding')) return;
  const message = `The body came with Transfer-Encoding ${headers.get('transfer-encoding')} and without Content-Length; Azure Functions loses such a body. Send Content-Length.`;
  throw new KilnError({ code: 'LengthRequired', message });
}

/** Throws `UnsupportedMediaType` for a body that is compressed, or says that it is in another character set. */
function assertUtf8({ headers }: HttpRequest): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  const found = !/^identity$/i.test(encoding)
    ? `Content-Encoding ${encoding}`
    : !/^(utf-?8|us-ascii)$/i.test(charset)
      ? `charset ${charset}`
      : undefined;
  if (found === undefined) return;
  const message = `The body has ${found}. Send it as plain JSON in UTF-8.`;
  throw new KilnError({ code: 'UnsupportedMediaType', message });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw notJson('it has bytes that are not UTF-8', error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    throw notJson(text === '' ? 'it is empty' : reason, error);
  }
}

function notJson(reason: string, cause?: unknown): KilnError {
  return new KilnError({ code: 'InvalidJson', message: `The body is not JSON: ${reason}.` }, { cause });
}
