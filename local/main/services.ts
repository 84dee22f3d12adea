import path from 'node:path';
import type { Options } from './options.ts';
import type { Service, ServiceCommand } from './service-process.ts';

/** What the storage emulator tells about itself. */
export type Storage = {
  readonly connectionString: string;
  readonly url: string;
  stop(): Promise<void>;
};

/** Scripts to run with this Node. */
export type Programs = {
  readonly cloud: string;
  readonly host: string;
  /** Folder with host.json: the app as it would be deployed. */
  readonly app: string;
};

export const programsOf = (root: string): Programs => ({
  cloud: path.join(root, 'dist/local/azure/main.js'),
  host: path.join(root, 'dist/local/functions-host/main.js'),
  app: root,
});

export function cloudCommand(options: Options, programs: Programs, storage: Storage): ServiceCommand {
  const args = [
    [programs.cloud, '--port', String(options.ports.cloud), '--data', path.join(options.data, 'cloud')],
    ['--machines', options.machines, '--storage', storage.connectionString],
  ].flat();
  if (options.profile !== undefined) args.push('--profile', options.profile);
  if (options.record !== undefined) args.push('--record', options.record);
  return { name: 'local cloud', command: process.execPath, args, env: {}, logFile: log(options, 'cloud') };
}

type HostInput = {
  readonly options: Options;
  readonly programs: Programs;
  readonly storage: Storage;
  readonly cloud: CloudWorld;
  readonly api: string;
  readonly port: number;
};

/** The app gets the same settings as in Azure; only their values differ. */
export function hostCommand({ options, programs, storage, cloud, api, port }: HostInput): ServiceCommand {
  return {
    name: 'host',
    command: process.execPath,
    args: [
      [programs.host, '--app', programs.app, '--port', String(port)],
      ['--data', path.join(options.data, 'host')],
    ].flat(),
    env: {
      KILN_STORAGE_CONNECTION: storage.connectionString,
      KILN_ARM_ENDPOINT: cloud.url,
      IDENTITY_ENDPOINT: cloud.identityEndpoint,
      IDENTITY_HEADER: cloud.identityHeader,
      KILN_AUTH_ISSUER: `${cloud.url}/adfs`,
      KILN_AUTH_JWKS_URL: `${cloud.url}/adfs/discovery/keys`,
      KILN_AUTH_AUDIENCE: api,
    },
    logFile: log(options, 'host'),
  };
}

const log = (options: Options, name: string): string => path.join(options.data, 'logs', `${name}.log`);

export type CloudWorld = {
  readonly url: string;
  readonly subscriptionId: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  readonly machines: { readonly kind: string; readonly description: string };
};

/** The cloud's ready line, checked: a missing field would show up much later, as a strange failure of the host. */
export function readCloud({ ready, name }: Service): CloudWorld {
  const field = (source: Readonly<Record<string, unknown>>, key: string): string => {
    const value = source[key];
    if (typeof value !== 'string') throw new Error(`The ${name} did not tell its ${key}.`);
    return value;
  };
  const machines = { ...(typeof ready['machines'] === 'object' ? ready['machines'] : {}) };
  return {
    url: field(ready, 'url').replace(/\/+$/, ''),
    subscriptionId: field(ready, 'subscriptionId'),
    identityEndpoint: field(ready, 'identityEndpoint'),
    identityHeader: field(ready, 'identityHeader'),
    machines: { kind: field(machines, 'kind'), description: field(machines, 'description') },
  };
}
