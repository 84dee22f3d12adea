import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type AccessPolicy, OPEN, type Rule } from '../shared/access/policy.ts';
import { readPolicy, rulesOfRestrictions } from '../shared/access/read-policy.ts';
import type { Retention } from '../shared/janitor/retention.ts';
import type { IsoHelper } from '../shared/planning/install-plan.ts';
import type { BuildLimits } from '../shared/planning/slots.ts';
import { KilnError } from '../shared/errors/failure.ts';
import type { BusConnection } from '../shared/messaging/service-bus.ts';
import type { Webhook } from '../shared/messaging/webhook.ts';
import type { DeployedRights } from '../shared/model/rights.ts';
import { parseKeyId } from '../shared/model/secret-id.ts';
import { readIsoHelper, readRetention, readRights } from './setting-values.ts';

/** How the bearer tokens of the API are checked. */
export type AuthSettings = {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUrl: string;
  /** `tid` that tokens must have; absent: the issuer alone decides. */
  readonly tenant?: string;
};

/** What a public client of the app registration needs: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export type SignIn = { readonly authority: string; readonly clientId: string; readonly scope: string };

export type Settings = {
  readonly appName: string;
  readonly armEndpoint: string;
  /** Stand-in for every Key Vault, on this machine only. Absent: each vault at its own address. */
  readonly keyVaultEndpoint?: string;
  readonly provenance: ProvenanceSettings;
  /** Where advisories come from: https, or a folder as `file:`. */
  readonly osvUrl: string;
  readonly storage:
    | { readonly kind: 'connection'; readonly connectionString: string }
    | { readonly kind: 'identity'; readonly accountUrl: string };
  readonly storageContainer: string;
  /** Origins that scripts may come from whatever they resolve to. */
  readonly urlAllow: readonly string[];
  /** Marketplace image of the helper VM that installs ISO sources. */
  readonly isoHelper: IsoHelper;
  readonly limits: BuildLimits;
  readonly retention: Retention;
  /** The Service Bus namespace of requests and events; absent: neither. */
  readonly bus?: BusConnection;
  /** Another receiver of events. */
  readonly webhook?: Webhook;
  /** PUT refuses a template that exists, as Azure VM Image Builder does. */
  readonly strictCreate: boolean;
  readonly encryptionAtHost: boolean;
  /** A machine is booted for hygiene alone when a template says nothing about it. */
  readonly hygieneBoot: boolean;
  /** Names of absent settings instead: every request is refused then, with these names. */
  readonly auth: AuthSettings | { readonly missing: readonly string[] };
  /** How people sign in on the web page; absent: they cannot. */
  readonly signIn?: SignIn;
  /** Which rights the deployment gives; absent: it does not say. */
  readonly rights?: DeployedRights;
  /** Who may do what where; the roles of a token are the most that it can do anywhere. */
  readonly policy: AccessPolicy;
};

export type ProvenanceSettings = {
  /** Absent: nobody signs. */
  readonly key?: { readonly kind: 'vault' | 'file'; readonly at: string };
  /** VHDs with at most so much data are read whole for their digest. */
  readonly mostBytes: number;
};

/** Bytes, as the Standard Webhooks rules ask. */
const SHORTEST_SECRET = 24;

type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const CONTAINER = /^[a-z0-9](?:-?[a-z0-9]){2,62}$/;

/** Reads the app settings. Throws `NotConfigured` with every problem at once. */
export function parseSettings(environment: Environment): Settings {
  const problems: string[] = [];
  const settings = readSettings(reader(environment, problems), problems);
  if (problems.length === 0) return settings;
  const message = `Kiln's settings are not complete: ${problems.join(' ')}`;
  throw new KilnError({ code: 'NotConfigured', message });
}

type Reader = ReturnType<typeof reader>;

function reader(environment: Environment, problems: string[]) {
  const text = (name: string) => environment[name]?.trim() ?? '';
  /** https, or http to this machine: tokens and keys travel there. */
  const url = (name: string, otherwise: string) => {
    const value = text(name) === '' ? otherwise : text(name);
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    const isSafe =
      parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && LOOPBACK.includes(parsed.hostname));
    if (!isSafe) problems.push(`${name} is "${value}"; write an https URL (http only for this machine).`);
    return value.replace(/\/+$/, '');
  };
  const list = (name: string) =>
    text(name)
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return { text, url, list };
}

function readSettings(read: Reader, problems: string[]): Settings {
  const storageContainer = read.text('KILN_STORAGE_CONTAINER') || 'kiln';
  if (!CONTAINER.test(storageContainer))
    problems.push(`KILN_STORAGE_CONTAINER is "${storageContainer}"; write 3 to 63 of a-z, 0-9 and "-".`);
  return {
    appName: read.text('KILN_APP_NAME') || 'kiln',
    armEndpoint: read.url('KILN_ARM_ENDPOINT', 'https://management.azure.com'),
    ...readKeyVault(read, problems),
    provenance: readProvenance(read, problems),
    osvUrl: readOsv(read),
    storage: readStorage(read, problems),
    storageContainer,
    urlAllow: read.list('KILN_URL_ALLOW').map((origin) => readOrigin(origin, problems)),
    isoHelper: readIsoHelper(read.text('KILN_ISO_HELPER_IMAGE'), problems),
    retention: readRetention(read.text('KILN_RETENTION'), problems),
    limits: {
      total: readCount(read, 'KILN_MAX_BUILDS', { otherwise: 50, problems }),
      perSubscription: readCount(read, 'KILN_MAX_BUILDS_PER_SUBSCRIPTION', { otherwise: 20, problems }),
    },
    ...readBus(read),
    ...readWebhook(read, problems),
    strictCreate: read.text('KILN_STRICT_CREATE').toLowerCase() === 'true',
    encryptionAtHost: read.text('KILN_ENCRYPTION_AT_HOST').toLowerCase() === 'true',
    hygieneBoot: read.text('KILN_HYGIENE_BOOT').toLowerCase() !== 'false',
    ...readTokens(read),
    ...readRights(read.text('KILN_RIGHTS'), read.text('KILN_PRINCIPAL_ID'), problems),
    policy: readAccess(read, problems),
  };
}

function readCount(
  { text }: Reader,
  name: string,
  { otherwise, problems }: { otherwise: number; problems: string[] },
): number {
  const given = text(name);
  if (given === '') return otherwise;
  if (/^\d{1,5}$/.test(given)) return Number(given);
  problems.push(`${name} is "${given}"; write a number from 0 (no limit) to 99999.`);
  return otherwise;
}

/** Tokens for Key Vault go to Key Vault; to anything else only on this machine, for local mode. */
function readKeyVault(read: Reader, problems: string[]): Pick<Settings, 'keyVaultEndpoint'> {
  const text = read.text('KILN_KEY_VAULT_ENDPOINT').replace(/\/+$/, '');
  if (text === '') return {};
  const host = URL.canParse(text) ? new URL(text).hostname : '';
  if (!LOOPBACK.includes(host))
    problems.push(`KILN_KEY_VAULT_ENDPOINT is "${text}"; it can only be on this machine.`);
  return { keyVaultEndpoint: text };
}

const OSV = 'https://osv-vulnerabilities.storage.googleapis.com';

function readOsv(read: Reader): string {
  const text = read.text('KILN_OSV_URL');
  return text.startsWith('file:///') && URL.canParse(text) ? text : read.url('KILN_OSV_URL', OSV);
}

const GB = 1024 ** 3;

/** An id of a Key Vault key; for local mode, the absolute path of a file, which is made when it is not there. */
function readProvenance(read: Reader, problems: string[]): ProvenanceSettings {
  const at = read.text('KILN_PROVENANCE_KEY');
  const mostBytes = readCount(read, 'KILN_PROVENANCE_VHD_GB', { otherwise: 0, problems }) * GB;
  if (at === '') return { mostBytes };
  if (parseKeyId(at) !== undefined) return { mostBytes, key: { kind: 'vault', at } };
  if (!path.isAbsolute(at))
    problems.push(
      `KILN_PROVENANCE_KEY is "${at}"; write https://<vault>.vault.azure.net/keys/<name>, or the absolute path of a key file.`,
    );
  return { mostBytes, key: { kind: 'file', at } };
}

/** The names are those of the Functions trigger, so that queue and topic are reached in the same way. */
function readBus({ text }: Reader): Pick<Settings, 'bus'> {
  const connectionString = text('ServiceBusConnection');
  if (connectionString !== '') return { bus: { kind: 'connection', connectionString } };
  const namespace = text('ServiceBusConnection__fullyQualifiedNamespace');
  return namespace === '' ? {} : { bus: { kind: 'identity', namespace } };
}

function readWebhook(read: Reader, problems: string[]): Pick<Settings, 'webhook'> {
  if (read.text('KILN_WEBHOOK_URL') === '') return {};
  const url = read.url('KILN_WEBHOOK_URL', '');
  const secret = Buffer.from(read.text('KILN_WEBHOOK_SECRET').replace(/^whsec_/, ''), 'base64');
  if (secret.length < SHORTEST_SECRET)
    problems.push(
      `KILN_WEBHOOK_SECRET has ${secret.length} bytes; write ${SHORTEST_SECRET} or more random bytes in base64.`,
    );
  return { webhook: { url, secret } };
}

function readStorage(read: Reader, problems: string[]): Settings['storage'] {
  const connectionString = read.text('KILN_STORAGE_CONNECTION');
  if (connectionString !== '') return { kind: 'connection', connectionString };
  if (read.text('KILN_STORAGE_ACCOUNT_URL') === '') {
    problems.push(
      'Neither KILN_STORAGE_ACCOUNT_URL (https://<account>.blob.core.windows.net) nor KILN_STORAGE_CONNECTION is set.',
    );
    return { kind: 'identity', accountUrl: '' };
  }
  return { kind: 'identity', accountUrl: read.url('KILN_STORAGE_ACCOUNT_URL', '') };
}

function readOrigin(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
  if (!isOrigin)
    problems.push(`KILN_URL_ALLOW has "${text}"; write origins such as https://scripts.example.com.`);
  return url?.origin ?? text;
}

function readAuth(read: Reader): Settings['auth'] {
  const required = ['KILN_AUTH_ISSUER', 'KILN_AUTH_AUDIENCE', 'KILN_AUTH_JWKS_URL'];
  const missing = required.filter((name) => read.text(name) === '');
  if (missing.length > 0) return { missing };
  return {
    issuer: read.text('KILN_AUTH_ISSUER'),
    audiences: read.list('KILN_AUTH_AUDIENCE'),
    jwksUrl: read.url('KILN_AUTH_JWKS_URL', ''),
    ...(read.text('KILN_AUTH_TENANT') !== '' && { tenant: read.text('KILN_AUTH_TENANT') }),
  };
}

function readTokens(read: Reader): Pick<Settings, 'auth' | 'signIn'> {
  const auth = readAuth(read);
  const clientId = read.text('KILN_UI_CLIENT_ID');
  const [audience] = 'missing' in auth ? [] : auth.audiences;
  if ('missing' in auth || clientId === '' || audience === undefined) return { auth };
  // Tokens of version 1 name another issuer than the authority that people sign in at.
  const authority = auth.issuer.replace(V1_ISSUER, 'https://login.microsoftonline.com/$1/v2.0');
  return { auth, signIn: { authority, clientId, scope: `${audience}/.default` } };
}

const V1_ISSUER = /^https:\/\/sts\.windows\.net\/([^/]+)\/$/;

/** KILN_ACCESS_POLICY, as JSON or as the path of a file with it, and what KILN_AUTH_RESTRICT adds to it. */
function readAccess(read: Reader, problems: string[]): AccessPolicy {
  const text = read.text('KILN_ACCESS_POLICY');
  const { mode, rules } = text === '' ? OPEN : readDocument(text, problems);
  return { mode, rules: [...rules, ...readRestrictions(read, problems)] };
}

function readDocument(text: string, problems: string[]): AccessPolicy {
  try {
    const document: unknown = JSON.parse(text.startsWith('{') ? text : readFileSync(text, 'utf8'));
    const policy = readPolicy(document);
    if (policy.ok) return policy.value;
    for (const { target = '', message } of policy.failures)
      problems.push(`KILN_ACCESS_POLICY${target}: ${message}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(`KILN_ACCESS_POLICY is not read (${reason}); write JSON, or the path of a file with it.`);
  }
  return OPEN;
}

/** `{"<object id or client id>": ["group", "/subscriptions/…/resourceGroups/…"]}` */
function readRestrictions(read: Reader, problems: string[]): readonly Rule[] {
  const text = read.text('KILN_AUTH_RESTRICT');
  const entries = Object.entries(parseObject(text === '' ? '{}' : text) ?? { text: undefined });
  const groupsOf = entries.map(([id, groups]): [string, string[]] => {
    if (Array.isArray(groups) && groups.every((group) => typeof group === 'string')) return [id, groups];
    problems.push(`KILN_AUTH_RESTRICT is not read; write JSON: {"<object id>": ["<resource group>"]}.`);
    return [id, []];
  });
  // The host tells its own subscription: https://learn.microsoft.com/azure/app-service/reference-app-settings#app-environment
  const subscription = read.text('KILN_SUBSCRIPTION_ID') || read.text('WEBSITE_OWNER_NAME').split('+')[0];
  const rules = rulesOfRestrictions(
    Object.fromEntries(groupsOf),
    subscription === '' ? undefined : subscription,
  );
  if (rules.ok) return rules.value;
  for (const { message } of rules.failures) problems.push(message);
  return [];
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
