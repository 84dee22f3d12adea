import type { ApiClient } from './client.ts';
import { list, object, text } from './json.ts';
import { runPath } from './runs.ts';
import type { TemplateId } from './types.ts';

export type Proof = {
  /** `checks`: declared; `hygiene`: Kiln's own. */
  readonly kind: string;
  readonly name: string;
  readonly result: string;
  readonly expected: string;
  readonly found: string;
};

export async function getChecks(client: ApiClient, template: TemplateId, run: string): Promise<Proof[]> {
  const { body } = await client.call(`${runPath(template, run)}/checks`, { patienceMs: 30_000 });
  return list(object(body)['value']).map((item) => {
    const { kind, name, result, expected, found } = object(item);
    return {
      kind: text(kind) ?? '',
      name: text(name) ?? '',
      result: text(result) ?? '',
      expected: text(expected) ?? '',
      found: text(found) ?? '',
    };
  });
}
