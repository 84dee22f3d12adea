import { compact } from '../../cli/api/convert.ts';
import { list, number, object, text } from '../../cli/api/json.ts';
import type { Trend } from './model.ts';

/** The newest first. */
export function parseTrends(body: unknown): Trend[] {
  return list(object(body)['value']).map((one) => {
    const found = object(one);
    const seconds = Object.entries(object(found['seconds'])).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value] as const] : [],
    );
    return {
      runId: text(found['runId']) ?? '',
      at: text(found['at']) ?? '',
      versions: list(found['versions']).flatMap((version) => text(version) ?? []),
      seconds: Object.fromEntries(seconds),
      ...compact({ packages: number(found['packages']), usedBytes: number(found['usedBytes']) }),
    };
  });
}
