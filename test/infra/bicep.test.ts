import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ROLES } from '../../functions/http/access.ts';
import { parseSettings } from '../../functions/settings.ts';
import { DEPLOYED } from '../../local/service-bus/entities.ts';
import { ROOT } from '../support/local-kiln.ts';
import { type Deployment, deploy, type Resource } from './bicep/deploy.ts';
import { loadBicepTypes } from './bicep/official-types.ts';
import { faults } from './bicep/shape.ts';
import { swaggerShape } from './bicep/swagger.ts';
import { readBicep } from './bicep/syntax.ts';
import { readRoles } from './role-use.ts';

// The whole deployment, evaluated here: what Azure would be asked for, by default and with everything switched on.

const MAIN = path.join(ROOT, 'infra/main.bicep');
const NEEDED = { environmentName: 'prod', location: 'westeurope' };
const ELSEWHERE = '/subscriptions/00000000-0000-4000-8000-000000000009/resourceGroups';
const CLIENT = '11111111-2222-4333-8444-555555555555';
const EVERYTHING = {
  ...NEEDED,
  tags: { costCenter: '42' },
  apiClientId: CLIENT,
  callerRestrictions: { [CLIENT]: ['images'] },
  durableBackend: 'DurableTaskScheduler',
  stagingResourceGroupIds: [`${ELSEWHERE}/staging`],
  imageResourceGroupIds: [`${ELSEWHERE}/images`],
  virtualNetworkIds: [`${ELSEWHERE}/hub/providers/Microsoft.Network/virtualNetworks/hub`],
  buildIdentityIds: [`${ELSEWHERE}/hub/providers/Microsoft.ManagedIdentity/userAssignedIdentities/build`],
  keyVaultIds: [`${ELSEWHERE}/hub/providers/Microsoft.KeyVault/vaults/secrets`],
  privateNetwork: true,
  allowedOrigins: ['https://artifacts.example'],
  strictCreate: true,
  webhookUrl: 'https://hooks.example/kiln',
  webhookSecret: Buffer.alloc(32).toString('base64'),
  alertEmails: ['platform@example.com'],
};

const byDefault = deploy(MAIN, NEEDED);
const withEverything = deploy(MAIN, EVERYTHING);
const both = [...byDefault.resources, ...withEverything.resources];

const of = ({ resources }: Deployment, type: string): Resource[] =>
  resources.filter((one) => one.type === type);
const only = (deployment: Deployment, type: string): Resource => {
  const [first, ...others] = of(deployment, type);
  assert.ok(first && others.length === 0, type);
  return first;
};

const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const specifications = path.join(data, 'azure-specs');
const noData = existsSync(specifications)
  ? false
  : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

test(
  'every resource body is what the official types and specifications describe, where they are at hand',
  { skip: noData },
  (t) => {
    const types = loadBicepTypes(path.join(specifications, 'bicep-types'));
    const unchecked = new Set<string>();
    const checked = new Set<string>();
    const found: string[] = [];
    for (const { type, apiVersion, body, where } of both) {
      const key = `${type}@${apiVersion}`;
      const shape =
        types.get(key.toLowerCase())?.() ??
        swaggerShape(path.join(specifications, 'specification'), type, apiVersion);
      (shape ? checked : unchecked).add(key);
      if (shape) found.push(...faults(body, shape, path.relative(ROOT, where)));
    }
    t.diagnostic(`checked: ${[...checked].toSorted().join(', ')}`);
    t.diagnostic(`no official description at hand: ${[...unchecked].toSorted().join(', ') || 'none'}`);
    assert.deepEqual([...new Set(found)], []);
    assert.ok(checked.has('Microsoft.Storage/storageAccounts@2023-05-01'));
    assert.ok(checked.has('Microsoft.Network/virtualNetworks@2024-01-01'));
  },
);

test('a body that the specifications do not allow is found', { skip: noData }, () => {
  const shape = swaggerShape(
    path.join(specifications, 'specification'),
    'Microsoft.Storage/storageAccounts',
    '2023-05-01',
  );
  assert.ok(shape);
  const body = {
    ...only(byDefault, 'Microsoft.Storage/storageAccounts').body,
    knid: 'x',
    sku: { name: 'Standard_XYZ' },
  };
  delete body.kind;
  body.properties = { ...body.properties, allowSharedKeyAccess: 'no', primaryLocation: 'x' };
  const found = faults(body, shape, 'a').join('; ');
  for (const part of [
    'a lacks kind',
    'a has no knid',
    'Standard_XYZ',
    'allowSharedKeyAccess is string',
    'has no primaryLocation',
  ])
    assert.ok(found.includes(part), `${part} in ${found}`);
});

test('nothing has a key, a password or an anonymous door', () => {
  for (const deployment of [byDefault, withEverything]) {
    const storage = only(deployment, 'Microsoft.Storage/storageAccounts').body.properties;
    assert.equal(storage.allowSharedKeyAccess, false);
    assert.equal(storage.allowBlobPublicAccess, false);
    assert.equal(storage.supportsHttpsTrafficOnly, true);
    assert.equal(only(deployment, 'Microsoft.ServiceBus/namespaces').body.properties.disableLocalAuth, true);
    assert.equal(only(deployment, 'Microsoft.Insights/components').body.properties.DisableLocalAuth, true);
    assert.equal(only(deployment, 'Microsoft.Web/sites').body.properties.httpsOnly, true);
    const passwords = of(deployment, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
    assert.deepEqual(
      passwords.map(({ body }) => [body.name, body.properties.allow]),
      [
        ['ftp', false],
        ['scm', false],
      ],
    );
    for (const { body } of of(deployment, 'Microsoft.Storage/storageAccounts/blobServices/containers'))
      assert.equal(body.properties.publicAccess, 'None');
  }
  for (const file of globSync('infra/**/*.bicep', { cwd: ROOT }))
    assert.doesNotMatch(
      readFileSync(path.join(ROOT, file), 'utf8'),
      /listKeys|AccountKey|SharedAccessKey/i,
      file,
    );
});

test('a private network closes storage and messaging to the public and gives each an address inside', () => {
  assert.equal(of(byDefault, 'Microsoft.Network/privateEndpoints').length, 0);
  const storage = only(withEverything, 'Microsoft.Storage/storageAccounts').body.properties;
  assert.deepEqual([storage.publicNetworkAccess, storage.networkAcls.defaultAction], ['Disabled', 'Deny']);
  const bus = only(withEverything, 'Microsoft.ServiceBus/namespaces').body;
  assert.deepEqual([bus.properties.publicNetworkAccess, bus.sku.name], ['Disabled', 'Premium']);
  const services = of(withEverything, 'Microsoft.Network/privateEndpoints').map(
    ({ body }) => body.properties.privateLinkServiceConnections[0].properties.groupIds[0],
  );
  assert.deepEqual(services.toSorted(), ['blob', 'namespace', 'queue', 'table']);
  assert.match(
    only(withEverything, 'Microsoft.Web/sites').body.properties.virtualNetworkSubnetId,
    /\/subnets\/snet-app$/,
  );
  const subnets = only(withEverything, 'Microsoft.Network/virtualNetworks').body.properties.subnets;
  assert.deepEqual(
    subnets.map((one: any) => one.properties.addressPrefix),
    ['10.244.0.0/26', '10.244.0.64/26'],
  );
});

function appSettings(deployment: Deployment): Record<string, string> {
  const { properties } = only(deployment, 'Microsoft.Web/sites/config').body;
  // Addresses that only Azure knows are addresses.
  return Object.fromEntries(
    Object.entries<string>(properties).map(([name, value]) => [
      name,
      value.replace(/^«.*»$/, 'https://x.blob.core.windows.net/'),
    ]),
  );
}

test('the app accepts the settings that it is deployed with', () => {
  const closed = parseSettings(appSettings(byDefault));
  assert.ok('missing' in closed.auth, 'without an app registration every request is refused');
  // The host tells the app where it is.
  const host = { WEBSITE_OWNER_NAME: '11111111-1111-1111-1111-111111111111+kiln-WestEuropewebspace' };
  const settings = parseSettings({ ...appSettings(withEverything), ...host });
  assert.ok('issuer' in settings.auth);
  assert.match(settings.auth.issuer, /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/v2\.0$/);
  assert.deepEqual(settings.auth.audiences, [`api://${CLIENT}`, CLIENT]);
  assert.deepEqual(
    settings.policy.rules.map(({ principals }) => principals),
    [[CLIENT.toLowerCase()]],
  );
  assert.equal(settings.armEndpoint, 'https://management.azure.com');
  assert.equal(settings.storage.kind, 'identity');
  assert.equal(settings.bus?.kind, 'identity');
  assert.equal(settings.strictCreate, true);
  assert.equal(settings.appName, 'prod');
  assert.ok(settings.webhook);
});

test('every setting that the app reads is deployed, and no other KILN_ setting is', () => {
  const source = readFileSync(path.join(ROOT, 'functions/settings.ts'), 'utf8');
  const read = new Set(source.match(/\bKILN_[A-Z_]+\b/g));
  const deployed = new Set(
    Object.keys(appSettings(withEverything)).filter((name) => name.startsWith('KILN_')),
  );
  // For local mode only: in Azure nobody has a key, and every vault is at its own address.
  for (const name of ['KILN_STORAGE_CONNECTION', 'KILN_KEY_VAULT_ENDPOINT']) read.delete(name);
  assert.deepEqual([...deployed].toSorted(), [...read].toSorted());
});

test('the scheduler is the one that host.json names, and by default there is none', () => {
  const host = JSON.parse(readFileSync(path.join(ROOT, 'host.json'), 'utf8'));
  const settings = appSettings(withEverything);
  const hub = only(withEverything, 'Microsoft.DurableTask/schedulers/taskHubs').body.name;
  assert.equal(hub, host.extensions.durableTask.hubName);
  const prefix = 'AzureFunctionsJobHost__extensions__durableTask__storageProvider__';
  assert.equal(settings[`${prefix}type`], 'azureManaged');
  assert.match(
    settings[settings[`${prefix}connectionStringName`] ?? ''] ?? '',
    new RegExp(`;TaskHub=${hub};`),
  );
  assert.equal(of(byDefault, 'Microsoft.DurableTask/schedulers').length, 0);
  assert.deepEqual(
    Object.keys(appSettings(byDefault)).filter((name) => name.startsWith('AzureFunctionsJobHost')),
    [],
  );
});

test('queue, topic and subscription are those of local mode', () => {
  const minutes = (duration: string): number => {
    const [, days = 0, hours = 0, rest = 0] =
      /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? assert.fail(duration);
    return Number(days) * 24 * 60 + Number(hours) * 60 + Number(rest);
  };
  const settingsOf = ({ lockDuration, maxDeliveryCount, defaultMessageTimeToLive, ...more }: any) => ({
    lockMs: minutes(lockDuration) * 60_000,
    maxDeliveries: maxDeliveryCount,
    timeToLiveMs: minutes(defaultMessageTimeToLive) * 60_000,
    ...(more.requiresDuplicateDetection && {
      duplicateWindowMs: minutes(more.duplicateDetectionHistoryTimeWindow) * 60_000,
    }),
    ...(more.deadLetteringOnMessageExpiration && { deadLetterExpired: true }),
  });
  const named = (type: string) =>
    Object.fromEntries(
      of(byDefault, `Microsoft.ServiceBus/namespaces/${type}`).map(({ body }) => [
        body.name,
        body.properties,
      ]),
    );
  const queues = Object.entries(named('queues')).map(([name, properties]) => [name, settingsOf(properties)]);
  assert.deepEqual(Object.fromEntries(queues), DEPLOYED.queues);
  const subscriptions = Object.entries(named('topics/subscriptions')).map(([name, properties]) => [
    name,
    settingsOf(properties),
  ]);
  assert.deepEqual(
    { [Object.keys(named('topics'))[0] ?? '']: Object.fromEntries(subscriptions) },
    DEPLOYED.topics,
  );
});

test('the roles are those of the role files, at the scopes of the parameters and nowhere else', () => {
  const actions = of(byDefault, 'Microsoft.Authorization/roleDefinitions').map(
    ({ body }) => body.properties.permissions[0].actions,
  );
  assert.deepEqual(
    actions.map((list) => list.toSorted()).toSorted(),
    [...readRoles().values()].map((list) => list.toSorted()).toSorted(),
  );
  const wanted = (deployment: Deployment): string[] =>
    of(deployment, 'Microsoft.Authorization/roleAssignments')
      .map(({ where }) => path.basename(where).replace(/:.*/, ''))
      .toSorted();
  const data = [
    'messaging.bicep',
    'messaging.bicep',
    'monitoring.bicep',
    'storage.bicep',
    'storage.bicep',
    'storage.bicep',
  ];
  assert.deepEqual(wanted(byDefault), [
    'assign-at-identity.bicep',
    'assign-in-subscription.bicep',
    'assign-in-subscription.bicep',
    'assign-in-subscription.bicep',
    ...data,
  ]);
  assert.deepEqual(wanted(withEverything), [
    'assign-at-identity.bicep',
    'assign-at-identity.bicep',
    'assign-at-network.bicep',
    'assign-at-vault.bicep',
    'assign-in-group.bicep',
    'assign-in-group.bicep',
    'assign-in-subscription.bicep',
    'durable-task-scheduler.bicep',
    ...data,
  ]);
  const scopes = of(withEverything, 'Microsoft.Authorization/roleDefinitions')[0]?.body.properties
    .assignableScopes;
  assert.deepEqual(scopes, [
    '/subscriptions/00000000-0000-4000-8000-000000000001',
    ELSEWHERE.replace('/resourceGroups', ''),
  ]);
});

test('each scope gets the role that is meant for it', () => {
  const rolesAt = (deployment: Deployment): string[] => {
    const names = Object.fromEntries(
      of(deployment, 'Microsoft.Authorization/roleDefinitions').map(({ name, body }) => [
        name,
        body.properties.roleName,
      ]),
    );
    return of(deployment, 'Microsoft.Authorization/roleAssignments')
      .filter(({ where }) => path.basename(where).startsWith('assign-'))
      .map(({ where, body }) => {
        const file = path.basename(where).replace(/\.bicep:.*/, '');
        return `${file}: ${names[body.properties.roleDefinitionId.split('/').at(-1)] ?? 'built in'}`;
      })
      .toSorted();
  };
  assert.deepEqual(rolesAt(byDefault), [
    'assign-at-identity: Kiln Identity Assigner (prod)',
    'assign-in-subscription: Kiln Builder (prod)',
    'assign-in-subscription: Kiln Catalogue Reader (prod)',
    'assign-in-subscription: Kiln Group Maker (prod)',
  ]);
  assert.deepEqual(rolesAt(withEverything), [
    'assign-at-identity: Kiln Identity Assigner (prod)',
    'assign-at-identity: Kiln Identity Assigner (prod)',
    'assign-at-network: Kiln Network User (prod)',
    'assign-at-vault: built in',
    'assign-in-group: Kiln Builder (prod)',
    'assign-in-group: Kiln Publisher (prod)',
    'assign-in-subscription: Kiln Catalogue Reader (prod)',
  ]);
});

test('a budget of nothing is none', () => {
  const without = deploy(MAIN, { ...EVERYTHING, monthlyBudget: 0 });
  assert.equal(of(without, 'Microsoft.Consumption/budgets').length, 0);
});

test('role outputs name the role that they say', () => {
  const { outputs, resources } = deploy(path.join(ROOT, 'infra/modules/role-definitions.bicep'), {
    environmentName: 'prod',
    assignableSubscriptionIds: [],
  });
  const names = Object.fromEntries(resources.map(({ name, body }) => [name, body.properties.roleName]));
  const found = Object.entries<string>(outputs).map(([output, id]) => [
    output,
    names[id.split('/').at(-1) ?? ''],
  ]);
  assert.deepEqual(Object.fromEntries(found), {
    builderId: 'Kiln Builder (prod)',
    catalogueReaderId: 'Kiln Catalogue Reader (prod)',
    groupMakerId: 'Kiln Group Maker (prod)',
    identityAssignerId: 'Kiln Identity Assigner (prod)',
    networkUserId: 'Kiln Network User (prod)',
    publisherId: 'Kiln Publisher (prod)',
  });
});

test('alerts ask for the words that the app writes', () => {
  assert.equal(of(byDefault, 'Microsoft.Insights/scheduledQueryRules').length, 0);
  const words = of(withEverything, 'Microsoft.Insights/scheduledQueryRules')
    .flatMap(({ body }) => body.properties.criteria.allOf.map((one: any) => one.query))
    .flatMap((query: string) => [...query.matchAll(/"([^"]+)"/g)].map((match) => match[1]));
  assert.deepEqual(words.toSorted(), [
    ' failed: ',
    'janitor: ',
    'run ended: Failed',
    'run ended: PartiallySucceeded',
  ]);
  const code = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
  assert.match(code('functions/timer/janitor.ts'), /log\.warn\(`janitor: \$\{subject\} failed: /);
  assert.match(code('functions/activities/record-outcome.ts'), /`run ended: \$\{state\} /);
  const metric = only(withEverything, 'Microsoft.Insights/metricAlerts').body.properties.criteria.allOf[0];
  assert.equal(metric.metricName, 'DeadletteredMessages');
  const { filter } = only(withEverything, 'Microsoft.Consumption/budgets').body.properties;
  assert.deepEqual(filter.tags, { name: 'kiln-app', operator: 'In', values: ['prod'] });
});

test('everything that can be tagged is, and names begin with the abbreviations of the Cloud Adoption Framework', () => {
  const untagged = withEverything.resources.filter(
    ({ body }) => body.location !== undefined && body.tags?.costCenter !== '42',
  );
  assert.deepEqual(
    untagged.map(({ where }) => where),
    [],
  );
  assert.equal(only(withEverything, 'Microsoft.Web/sites').body.tags['azd-service-name'], 'app');
  const prefixes: Record<string, RegExp> = {
    'Microsoft.Resources/resourceGroups': /^rg-/,
    'Microsoft.Web/sites': /^func-/,
    'Microsoft.Web/serverfarms': /^asp-/,
    'Microsoft.Storage/storageAccounts': /^st[a-z0-9]{1,22}$/,
    'Microsoft.ServiceBus/namespaces': /^sbns-/,
    'Microsoft.ManagedIdentity/userAssignedIdentities': /^id-/,
    'Microsoft.Network/virtualNetworks': /^vnet-/,
    'Microsoft.Network/privateEndpoints': /^pep-/,
    'Microsoft.OperationalInsights/workspaces': /^log-/,
    'Microsoft.Insights/components': /^appi-/,
  };
  for (const { type, name } of both) if (prefixes[type]) assert.match(name, prefixes[type]);
});

test('every parameter is explained, and azd fills those that it can', () => {
  const { declarations } = readBicep(MAIN);
  const params = declarations.filter(({ kind }) => kind === 'param');
  for (const { name, decorators } of params)
    assert.ok(decorators['description'], `${name} has no description`);
  const guide = readFileSync(path.join(ROOT, 'docs/deploy.md'), 'utf8');
  for (const { name } of params)
    assert.ok(guide.includes(`\`${name}\``), `docs/deploy.md does not know ${name}`);
  const { parameters } = JSON.parse(readFileSync(path.join(ROOT, 'infra/main.parameters.json'), 'utf8'));
  const known = new Set(params.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(parameters).filter((name) => !known.has(name)),
    [],
  );
});

test('the app roles of the registration are those that the API asks for', () => {
  const roles = JSON.parse(readFileSync(path.join(ROOT, 'infra/app-roles.json'), 'utf8'));
  assert.deepEqual(
    roles.map((role: any) => role.value),
    [...ROLES],
  );
});

test('azd deploys the package as it is', () => {
  const text = readFileSync(path.join(ROOT, 'azure.yaml'), 'utf8');
  assert.match(text, /project: \.\/dist\/app\n/);
  assert.match(text, /remoteBuild: false\n/);
  assert.match(text, /run: npm ci .*&& npm run build\n/);
});

test('the reader refuses what it does not understand instead of passing over it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-bicep-'));
  const evaluate = (text: string, params = {}) => {
    const file = path.join(folder, 'a.bicep');
    writeFileSync(file, text);
    return deploy(file, params);
  };
  try {
    assert.throws(() => evaluate('param a strin{g\n'), /this is not Bicep/);
    assert.throws(() => evaluate('output a string = nothing\n'), /nothing is not declared/);
    assert.throws(() => evaluate("output a string = noSuch('x')\n"), /the function noSuch is not understood/);
    assert.throws(() => evaluate("var a = 'x'\n"), /var a is not used/);
    assert.throws(() => evaluate('param a string\noutput b string = a\n'), /a is required/);
    assert.throws(() => evaluate('output a string = ""\n', { b: 1 }), /has no parameter b|not Bicep/);
    assert.throws(
      () => evaluate("@allowed(['x'])\nparam a string\noutput b string = a\n", { a: 'y' }),
      /not one of x/,
    );
    assert.throws(() => evaluate('var a = { b: 1 }\noutput c int = a.c\n'), /there is no c/);
    const ok = evaluate(
      "param n int\nvar l = [for i in [1, 2]: { k: 'k${i}' }]\noutput o array = map(l, x => x.k)\noutput p bool = n > 1\n",
      { n: 2 },
    );
    assert.deepEqual(ok.outputs, { o: ['k1', 'k2'], p: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const hasBicep = spawnSync('bicep', ['--version']).status === 0;
test(
  "Bicep's own linter has nothing to say",
  { skip: hasBicep ? false : 'bicep is not installed; no npm or Debian package has it' },
  () => {
    const { stdout, stderr, status } = spawnSync('bicep', ['lint', MAIN], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, /: (Warning|Error) /);
  },
);
