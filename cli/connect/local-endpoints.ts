import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { object, parseJson, text } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { setting, type Environment } from './setting.ts';

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
  /** What its token endpoint asks for. */
  readonly clientSecret?: string;
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
  const clientSecret = text(found['clientSecret']);
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
    ...(clientSecret !== undefined && { clientSecret }),
    machines: { kind, description },
  };
}

/**
 * Looks in `folder` and its parents, as git looks for its repository. Throws a refusal for a file that somebody else may
 * have put there: whoever writes it says where templates and tokens go.
 */
export function findEndpoints(folder: string): LocalEndpoints | undefined {
  const file = path.join(folder, '.kiln', 'local', 'endpoints.json');
  if (existsSync(file)) assertOwn(file);
  const found = readEndpoints(file);
  if (found !== undefined) return onThisMachine(found);
  const parent = path.dirname(folder);
  return parent === folder ? undefined : findEndpoints(parent);
}

/** The one in the folder that `kiln local --data` was given, as KILN_DATA names it; else the one that is found from `folder`. */
export function localEndpoints(env: Environment, folder: string): LocalEndpoints | undefined {
  const data = setting(env, 'KILN_DATA');
  if (data === undefined) return findEndpoints(folder);
  const file = path.resolve(folder, data, 'endpoints.json');
  if (existsSync(file)) assertOwn(file);
  const found = readEndpoints(file);
  if (found !== undefined) return onThisMachine(found);
  throw refuse(
    `No local mode keeps its data in ${path.dirname(file)} (KILN_DATA).`,
    `Start it with \`kiln local --data ${data}\`, or unset KILN_DATA.`,
  );
}

/** As git does with repositories of others (CVE-2022-24765). Windows tells no owner. */
function assertOwn(file: string): void {
  const user = process.getuid?.();
  const { uid } = statSync(file);
  if (user === undefined || uid === user) return;
  throw refuse(
    `${file} belongs to another user (uid ${uid}, yours is ${user}). It would decide where your templates go.`,
    'Name the Kiln that you mean: --endpoint, or KILN_ENDPOINT.',
  );
}

/** A repository can bring such a file along, but local mode listens on the loopback address only. */
function onThisMachine(found: LocalEndpoints): LocalEndpoints {
  const [bus = ''] = /sb:\/\/[^;/]+/i.exec(found.serviceBus ?? '') ?? [];
  const foreign = [found.api, found.arm, found.tokenUrl, bus].find(
    (url) => URL.canParse(url) && !isLoopback(url),
  );
  if (foreign === undefined) return found;
  throw refuse(
    `${found.file} names ${foreign}, which is not on this machine. Local mode writes no such file.`,
    'Name the Kiln that you mean: --endpoint, or KILN_ENDPOINT.',
  );
}

export function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
