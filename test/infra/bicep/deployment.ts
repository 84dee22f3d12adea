import assert from 'node:assert/strict';
import path from 'node:path';
import {
  compile,
  noBicep,
  type Predicted,
  type Snapshot,
  snapshot as snapshotOf,
} from '../../support/bicep.ts';
import { ROOT } from '../../support/local-kiln.ts';

// The whole deployment as Microsoft's compiler evaluates it: what Azure would be asked for.

/** `KILN_INFRA` names another folder with templates of the same form: those of a fork, or of another release. */
const other = process.env['KILN_INFRA'];
export const INFRA = path.resolve(other ?? path.join(ROOT, 'infra'));
export const MAIN = path.join(INFRA, 'main.bicep');
export const NEEDED = { environmentName: 'prod', location: 'westeurope' };
export const OTHER_SUBSCRIPTION = '00000000-0000-4000-8000-000000000009';
export const ELSEWHERE = `/subscriptions/${OTHER_SUBSCRIPTION}/resourceGroups`;
export const CLIENT = '11111111-2222-4333-8444-555555555555';

/** Each parameter that names something of the team's, with one value. */
export const SCOPES = {
  buildSubscriptionId: '00000000-0000-4000-8000-0000000000bb',
  stagingResourceGroupIds: [`${ELSEWHERE}/staging`],
  imageResourceGroupIds: [`${ELSEWHERE}/images`],
  virtualNetworkIds: [
    `${ELSEWHERE}/hub/providers/Microsoft.Network/virtualNetworks/hub`,
    `${ELSEWHERE}/hub/providers/Microsoft.Network/virtualNetworks/spoke/subnets/build`,
  ],
  buildIdentityIds: [`${ELSEWHERE}/hub/providers/Microsoft.ManagedIdentity/userAssignedIdentities/build`],
  keyVaultIds: [`${ELSEWHERE}/hub/providers/Microsoft.KeyVault/vaults/secrets`],
};

export const EVERYTHING = {
  ...NEEDED,
  ...SCOPES,
  tags: { costCenter: '42' },
  apiClientId: CLIENT,
  callerRestrictions: { [CLIENT]: ['images'] },
  accessPolicy: { mode: 'deny', rules: [] },
  durableBackend: 'DurableTaskScheduler',
  buildNetworks: [{ location: 'northeurope', addressPrefix: '10.1.0.0/26' }],
  privateNetwork: true,
  privateApi: true,
  fixedOutboundAddress: true,
  apiAllowList: ['203.0.113.0/24'],
  allowedOrigins: ['https://artifacts.example'],
  strictCreate: true,
  encryptionAtHost: true,
  provenanceKeyId: 'https://keys.vault.azure.net/keys/provenance',
  provenanceKeyVaultId: `${ELSEWHERE}/hub/providers/Microsoft.KeyVault/vaults/keys`,
  hygieneBoot: false,
  provenanceVhdGB: 4,
  osvUrl: 'https://osv.mirror.example',
  webhookUrl: 'https://hooks.example/kiln',
  webhookSecret: Buffer.alloc(32).toString('base64'),
  alertEmails: ['platform@example.com'],
  budgetStart: '2026-11-01',
  deleteLock: true,
  encryptionKeyUri: 'https://keys.vault.azure.net/keys/kiln',
  encryptionIdentityId: `${ELSEWHERE}/hub/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keys`,
};

type Parameters = Readonly<Record<string, unknown>>;

/** Those that the file has: templates of others need not have all of ours, ours do. */
export async function known(file: string, parameters: Parameters): Promise<Parameters> {
  if (other === undefined) return parameters;
  const { template } = await compile(file);
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name in template.parameters));
}

/** What main.bicep gives for these parameters. Rejects with the compiler's words for what it refuses. */
export const deploy = async (parameters: Parameters): Promise<Snapshot> =>
  snapshotOf(MAIN, await known(MAIN, parameters));

const nothing: Snapshot = { resources: [], outputs: {} };
const evaluate = (parameters: Parameters) =>
  noBicep === false ? deploy(parameters) : Promise.resolve(nothing);
export const [byDefault, withEverything] = await Promise.all([evaluate(NEEDED), evaluate(EVERYTHING)]);

export const of = ({ resources }: Snapshot, type: string): Predicted[] =>
  resources.filter((one) => one.type === type);

export const only = (deployment: Snapshot, type: string): Predicted => {
  const [first, ...others] = of(deployment, type);
  assert.ok(first && others.length === 0, type);
  return first;
};

/** Settings of the app; an address that only Azure knows is an address. */
export function appSettings(deployment: Snapshot): Record<string, string> {
  const { properties } = only(deployment, 'Microsoft.Web/sites/config');
  const known = (value: string): string => {
    const login =
      /^\[format\('\{0\}\{1\}(.*?)', environment\(\)\.authentication\.loginEndpoint, '(.*?)'\)\]$/.exec(
        value,
      );
    if (login) return `https://login.microsoftonline.com/${login[2]}${login[1]}`;
    if (value === "[parameters('webhookSecret')]") return EVERYTHING.webhookSecret;
    const format = /^\[format\('(Endpoint=[^']*)'/.exec(value);
    if (format) return format[1] ?? '';
    if (value === '[environment().resourceManager]') return 'https://management.azure.com/';
    return value.replace(/^\[.*\]$/, 'https://x.blob.core.windows.net/');
  };
  return Object.fromEntries(Object.entries<string>(properties).map(([name, value]) => [name, known(value)]));
}
