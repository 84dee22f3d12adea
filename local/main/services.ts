import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Options } from './options.ts';
import type { Service, ServiceCommand } from './service-process.ts';

/** What the storage emulator tells about itself. */
export type Storage = { readonly connectionString: string; readonly url: string };

/** What the Service Bus tells about itself. */
export type ServiceBus = { readonly connectionString: string };

/** Scripts to run with this Node. */
export type Programs = {
  readonly storage: string;
  readonly serviceBus: string;
  readonly cloud: string;
  readonly host: string;
  /** The same for the real host, where Azure Functions Core Tools are installed. */
  readonly coreTools?: string;
  /** Folder with host.json: the very package that is deployed. */
  readonly app: string;
  /** The roles that the local cloud holds the app to, unless told otherwise. */
  readonly authorization: string;
};

export const programsOf = (root: string): Programs => ({
  storage: path.join(root, 'dist/local/storage/main.js'),
  serviceBus: path.join(root, 'dist/local/service-bus/main.js'),
  cloud: path.join(root, 'dist/local/azure/main.js'),
  host: path.join(root, 'dist/local/functions-host/main.js'),
  coreTools: path.join(root, 'dist/local/core-tools/main.js'),
  app: path.join(root, 'dist/app'),
  authorization: path.join(root, 'local/azure/authorization/assignments.json'),
});

export function storageCommand(options: Options, programs: Programs): ServiceCommand {
  const args = ['--port', String(options.ports.storage), '--data', path.join(options.data, 'storage')];
  return service(options, { name: 'storage', script: programs.storage, args });
}

export type BusPorts = { readonly plain: number; readonly tls: number };

/** The ports are fixed, so that a broker that was started again is found by those who were connected. */
export function serviceBusCommand(options: Options, programs: Programs, ports: BusPorts): ServiceCommand {
  const args = [
    ['--port', String(ports.plain), '--tls-port', String(ports.tls)],
    ['--data', path.join(options.data, 'service-bus')],
    // One authority for everything of this folder: the cloud makes its certificate with it too.
    ['--certificates', path.join(options.data, 'cloud', 'tls')],
  ].flat();
  return service(options, { name: 'service-bus', script: programs.serviceBus, args, nodeFlags: SMALL_HEAP });
}

type CloudInput = {
  readonly options: Options;
  readonly programs: Programs;
  readonly storage: Storage;
  readonly api: string;
};

/** The cloud hands requests for the app's own resource provider on to it, as ARM does. */
export function cloudCommand({ options, programs, storage, api }: CloudInput): ServiceCommand {
  const args = [
    ['--port', String(options.ports.cloud), '--https-port', String(options.ports.https)],
    ['--data', path.join(options.data, 'cloud')],
    ['--machines', options.machines, '--app-url', api],
  ].flat();
  if (options.profile !== undefined) args.push('--profile', options.profile);
  if (options.record !== undefined) args.push('--record', options.record);
  args.push('--authorization', options.authorization ?? programs.authorization);
  const env = { KILN_STORAGE_CONNECTION: storage.connectionString };
  return service(options, { name: 'cloud', script: programs.cloud, args, env, nodeFlags: SMALL_HEAP });
}

/** Client id of the web page. The local cloud has no registrations: it knows the page by its address. */
const PAGE_CLIENT = '00000000-0000-4000-8000-006b696c6e75';

type HostInput = {
  readonly options: Options;
  readonly programs: Programs;
  readonly storage: Storage;
  readonly serviceBus: ServiceBus;
  readonly cloud: CloudWorld;
  readonly api: string;
  readonly port: number;
};

/** The app gets the same settings as in Azure; only their values differ. */
export function hostCommand(input: HostInput): ServiceCommand {
  const { options, programs, storage, serviceBus, cloud, api, port } = input;
  const args = ['--app', programs.app, '--port', String(port), '--data', path.join(options.data, 'host')];
  const env = {
    KILN_STORAGE_CONNECTION: storage.connectionString,
    ServiceBusConnection: serviceBus.connectionString,
    KILN_ARM_ENDPOINT: cloud.url,
    KILN_ISO_HELPER_IMAGE: 'kiln:iso-helper:debian-12:latest',
    KILN_KEY_VAULT_ENDPOINT: `${cloud.url}/key-vaults`,
    KILN_PROVENANCE_KEY: path.join(path.resolve(options.data), 'provenance-key.pem'),
    KILN_PROVENANCE_VHD_GB: '2048',
    IDENTITY_ENDPOINT: cloud.identityEndpoint,
    IDENTITY_HEADER: cloud.identityHeader,
    KILN_AUTH_ISSUER: `${cloud.url}/adfs`,
    KILN_AUTH_JWKS_URL: `${cloud.url}/adfs/discovery/keys`,
    KILN_AUTH_AUDIENCE: [api, ...armAudiences(cloud)].join(','),
    KILN_AUTH_TENANT: cloud.tenantId,
    KILN_UI_CLIENT_ID: PAGE_CLIENT,
    AzureWebJobsDisableHomepage: 'true',
  };
  const script = options.host === 'core-tools' ? (programs.coreTools ?? programs.host) : programs.host;
  return service(options, { name: 'host', script, args, env, nodeFlags: HOST_HEAP });
}

/** Node takes what the machine has before it collects: the same work fits in half, with room for large histories. */
const SMALL_HEAP = ['--max-semi-space-size=2', '--max-old-space-size=192'];
/** Many builds at once make many young objects: with room for them the host takes a sixth less of a core. */
const HOST_HEAP = ['--max-semi-space-size=8', '--max-old-space-size=192'];

/** Clients that reach the app through ARM bring a token for ARM, under one of its names. */
const armAudiences = ({ url, httpsUrl }: CloudWorld): string[] =>
  [
    url,
    httpsUrl,
    httpsUrl.replace('127.0.0.1', 'localhost'),
    'https://management.azure.com',
    'https://management.core.windows.net',
  ].flatMap((name) => [name, `${name}/`]);

type Program = {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
};

function service(
  options: Options,
  { name, script, args, env = {}, nodeFlags = [] }: Program,
): ServiceCommand {
  const logFile = path.join(options.data, 'logs', `${name}.log`);
  return {
    name,
    command: process.execPath,
    args: [...nodeFlags, '--import', END_WITH_PARENT, script, ...args],
    env,
    logFile,
  };
}

/** Beside this file, in source and in dist/. */
const END_WITH_PARENT = pathToFileURL(
  path.join(import.meta.dirname, 'end-with-parent', `main${path.extname(import.meta.filename)}`),
).href;

export type CloudWorld = {
  readonly url: string;
  readonly httpsUrl: string;
  readonly caFile: string;
  readonly bundleFile: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  readonly clientSecret: string;
  readonly machines: { readonly kind: string; readonly description: string };
};

/** A ready line, checked: a missing field would show up much later, as a strange failure of the next service. */
export function readStorage({ ready, name }: Service): Storage {
  return { url: field(ready, 'url', name), connectionString: field(ready, 'connectionString', name) };
}

export function readServiceBus({ ready, name }: Service): ServiceBus {
  return { connectionString: field(ready, 'connectionString', name) };
}

export function readCloud({ ready, name }: Service): CloudWorld {
  const machines = { ...(typeof ready['machines'] === 'object' ? ready['machines'] : {}) };
  return {
    url: field(ready, 'url', name).replace(/\/+$/, ''),
    httpsUrl: field(ready, 'httpsUrl', name),
    caFile: field(ready, 'caFile', name),
    bundleFile: field(ready, 'bundleFile', name),
    tenantId: field(ready, 'tenantId', name),
    subscriptionId: field(ready, 'subscriptionId', name),
    identityEndpoint: field(ready, 'identityEndpoint', name),
    identityHeader: field(ready, 'identityHeader', name),
    clientSecret: field(ready, 'clientSecret', name),
    machines: { kind: field(machines, 'kind', name), description: field(machines, 'description', name) },
  };
}

function field(source: Readonly<Record<string, unknown>>, key: string, name: string): string {
  const value = source[key];
  if (typeof value !== 'string') throw new Error(`The ${name} did not tell its ${key}.`);
  return value;
}
