import { type Envelope, parseEnvelope } from './envelope.ts';
import { ApiError, type ApiClient } from './client.ts';
import { isObject, list, object, text } from './json.ts';
import { runPath } from './runs.ts';
import type { TemplateId } from './types.ts';

export type SignedOutput = {
  readonly output: string;
  readonly envelope: Envelope;
  /** The envelope as it came, for a file. */
  readonly document: unknown;
  /** Why nobody has signed it. */
  readonly note?: string;
};

/** Of every output of a run; nothing when there is none, or none yet. */
export async function getProvenance(
  client: ApiClient,
  template: TemplateId,
  run: string,
): Promise<SignedOutput[]> {
  try {
    const { body } = await client.call(`${runPath(template, run)}/provenance`, { patienceMs: 30_000 });
    return list(object(body)['value']).flatMap((item) => parse(item) ?? []);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

function parse(item: unknown): SignedOutput | undefined {
  if (!isObject(item)) return undefined;
  const envelope = parseEnvelope(item['envelope']);
  const [output, note] = [text(item['output']), text(item['note'])];
  if (envelope === undefined || output === undefined) return undefined;
  return { output, envelope, document: item['envelope'], ...(note !== undefined && { note }) };
}
