import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { object, parseJson, text } from '../api/json.ts';

/** What `kiln local` wrote about itself; see docs/local-mode.md. */
export type LocalEndpoints = {
  readonly file: string;
  readonly api: string;
  readonly arm: string;
  readonly https: string;
  readonly envFile: string;
  /** Connection string of its Service Bus. */
  readonly serviceBus: string | undefined;
  readonly subscriptionId: string;
  readonly tokenUrl: string;
  readonly audience: string;
  readonly machines: { readonly kind: string; readonly description: string };
};

/** Reads one endpoints file. Undefined when it is absent, half-written or of another shape. */
export function readEndpoints(file: string): LocalEndpoints | undefined {
  if (!existsSync(file)) return undefined;
  const found = object(parseJson(readFileSync(file, 'utf8')));
  const fields = ['api', 'arm', 'subscriptionId', 'tokenUrl', 'audience'].map((name) => text(found[name]));
  const [api, arm, subscriptionId, tokenUrl, audience] = fields;
  if (api === undefined || arm === undefined || subscriptionId === undefined) return undefined;
  if (tokenUrl === undefined || audience === undefined) return undefined;
  const [https = '', envFile = ''] = ['https', 'envFile'].map((name) => text(found[name]));
  const machines = object(found['machines']);
  const kind = text(machines['kind']) ?? 'unknown';
  const description = text(machines['description']) ?? '';
  return {
    file,
    api,
    arm,
    https,
    envFile,
    serviceBus: text(found['serviceBus']),
    subscriptionId,
    tokenUrl,
    audience,
    machines: { kind, description },
  };
}

/** Looks in `folder` and its parents, as git looks for its repository. */
export function findEndpoints(folder: string): LocalEndpoints | undefined {
  const found = readEndpoints(path.join(folder, '.kiln', 'local', 'endpoints.json'));
  const parent = path.dirname(folder);
  if (found !== undefined || parent === folder) return found;
  return findEndpoints(parent);
}
