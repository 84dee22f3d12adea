// Exchanges with the real Resource Manager: recordings of Azure CLI's own tests, by what they are about.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DATA } from '../official/swagger.ts';

const FOLDER = path.join(DATA, 'arm-wire');

export const skipArmWire: string | false = existsSync(FOLDER)
  ? false
  : `no recordings at ${FOLDER}; set KILN_REFERENCE_DATA`;

export type Exchange = {
  /** `09#3`: number of the file and of the exchange in it. */
  readonly at: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
};

/** Files whose exchanges are about the same resources are replayed in one world. */
export type World = { readonly name: string; readonly exchanges: readonly Exchange[] };

const TOGETHER: Readonly<Record<string, string>> = { '10': '09', '11': '09' };

export function loadWorlds(): World[] {
  const worlds = new Map<string, Exchange[]>();
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const number = file.slice(0, 2);
    const name = TOGETHER[number] ?? number;
    const { exchanges } = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as {
      exchanges: Omit<Exchange, 'at'>[];
    };
    const list = exchanges.map((exchange, index) => ({ ...exchange, at: `${number}#${index}` }));
    worlds.set(name, [...(worlds.get(name) ?? []), ...list]);
  }
  return [...worlds].map(([name, exchanges]) => ({ name, exchanges }));
}

const OPERATION = /\/(?:operations|capsOperations|DiskOperations|operationresults)\/([^?/]+)/i;

/** The operation that an address polls, undefined for any other address. */
export function operationOf(url: string): string | undefined {
  return OPERATION.exec(url)?.[1];
}

/** `/subscriptions/…` of a resource without query and action; undefined for lists, polls and catalogue paths. */
export function resourceOf({ method, path: target }: Exchange['request']): string | undefined {
  const [bare = ''] = target.split('?');
  const segments = bare.split('/').filter((segment) => segment !== '');
  if (segments[2]?.toLowerCase() !== 'resourcegroups' || segments.length < 8) return undefined;
  const named = segments.length % 2 === 0 ? segments : segments.slice(0, -1);
  const isList = segments.length % 2 === 1 && method !== 'POST';
  return isList && named.length < 10 ? undefined : `/${named.join('/')}`;
}
