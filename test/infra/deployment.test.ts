import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parseSettings } from '../../functions/settings.ts';
import { DEPLOYED } from '../../local/service-bus/entities.ts';
import { noBicep } from '../support/bicep.ts';
import { ROOT } from '../support/local-kiln.ts';
import { appSettings, byDefault, CLIENT, of, only, SCOPES, withEverything } from './bicep/deployment.ts';
import { loadBicepTypes } from './bicep/official-types.ts';
import { faults } from './bicep/shape.ts';
import { swaggerShape } from './bicep/swagger.ts';

const both = [...byDefault.resources, ...withEverything.resources];
const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const specifications = path.join(data, 'azure-specs');
const noData = existsSync(specifications)
  ? false
  : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

describe('what a deployment makes', { skip: noBicep }, () => {
  test(
    'every resource body is what the official types and specifications describe, where they are at hand',
    { skip: noData },
    (t) => {
      const types = loadBicepTypes(path.join(specifications, 'bicep-types'));
      const unchecked = new Set<string>();
      const checked = new Set<string>();
      const found: string[] = [];
      for (const { id, type, apiVersion, name, ...rest } of both) {
        const key = `${type}@${apiVersion}`;
        const shape =
          types.get(key.toLowerCase())?.() ??
          swaggerShape(path.join(specifications, 'specification'), type, apiVersion);
        (shape ? checked : unchecked).add(key);
        if (shape) found.push(...faults({ name: name.split('/').at(-1), ...rest }, shape, id));
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
    const { id, type, apiVersion, kind, ...rest } = only(byDefault, 'Microsoft.Storage/storageAccounts');
    assert.deepEqual(
      [typeof id, typeof type, typeof apiVersion, kind],
      ['string', 'string', 'string', 'StorageV2'],
    );
    const body = {
      ...rest,
      knid: 'x',
      sku: { name: 'Standard_XYZ' },
      properties: { ...rest.properties, allowSharedKeyAccess: 'no', primaryLocation: 'x' },
    };
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
      const storage = only(deployment, 'Microsoft.Storage/storageAccounts').properties;
      assert.equal(storage.allowSharedKeyAccess, false);
      assert.equal(storage.allowBlobPublicAccess, false);
      assert.equal(storage.supportsHttpsTrafficOnly, true);
      assert.equal(only(deployment, 'Microsoft.ServiceBus/namespaces').properties.disableLocalAuth, true);
      assert.equal(only(deployment, 'Microsoft.Insights/components').properties.DisableLocalAuth, true);
      assert.equal(only(deployment, 'Microsoft.Web/sites').properties.httpsOnly, true);
      const passwords = of(deployment, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies');
      assert.deepEqual(
        passwords.map(({ name, properties }) => [name.split('/').at(-1), properties.allow]),
        [
          ['ftp', false],
          ['scm', false],
        ],
      );
      for (const { properties } of of(
        deployment,
        'Microsoft.Storage/storageAccounts/blobServices/containers',
      ))
        assert.equal(properties.publicAccess, 'None');
    }
    for (const file of globSync('infra/**/*.bicep', { cwd: ROOT }))
      assert.doesNotMatch(
        readFileSync(path.join(ROOT, file), 'utf8'),
        /listKeys|AccountKey|SharedAccessKey/i,
        file,
      );
  });

  test('a private network closes storage, messaging and the API, and gives each an address inside', () => {
    assert.equal(of(byDefault, 'Microsoft.Network/privateEndpoints').length, 0);
    assert.equal(only(byDefault, 'Microsoft.Web/sites').properties.publicNetworkAccess, 'Enabled');
    const storage = only(withEverything, 'Microsoft.Storage/storageAccounts').properties;
    assert.deepEqual([storage.publicNetworkAccess, storage.networkAcls.defaultAction], ['Disabled', 'Deny']);
    const bus = only(withEverything, 'Microsoft.ServiceBus/namespaces');
    assert.deepEqual([bus.properties.publicNetworkAccess, bus['sku'].name], ['Disabled', 'Premium']);
    const site = only(withEverything, 'Microsoft.Web/sites').properties;
    assert.equal(site.publicNetworkAccess, 'Disabled');
    const services = of(withEverything, 'Microsoft.Network/privateEndpoints').map(
      ({ properties }) => properties.privateLinkServiceConnections[0].properties.groupIds[0],
    );
    assert.deepEqual(services.toSorted(), ['blob', 'namespace', 'queue', 'sites', 'table']);
    assert.match(site.virtualNetworkSubnetId, /\/subnets\/snet-app$/);
  });

  test('every subnet has a security group, and what it sends has a fixed address where one was asked for', () => {
    const networks = of(withEverything, 'Microsoft.Network/virtualNetworks');
    const subnets = networks.flatMap(({ properties }) => properties.subnets);
    assert.deepEqual(
      subnets.map(({ name, properties }) => [
        name,
        properties.addressPrefix,
        typeof properties.natGateway?.id === 'string',
      ]),
      [
        ['snet-app', '10.244.0.0/26', true],
        ['snet-endpoints', '10.244.0.64/26', false],
        ['snet-builds', '10.1.0.0/26', true],
      ],
    );
    for (const { name, properties } of subnets) assert.ok(properties.networkSecurityGroup.id, name);
    for (const { properties } of of(withEverything, 'Microsoft.Network/networkSecurityGroups'))
      assert.deepEqual(
        properties.securityRules.map(({ properties: rule }: any) => [rule.access, rule.direction]),
        [['Deny', 'Inbound']],
      );
    const made = withEverything.outputs['KILN_BUILD_NETWORKS'];
    assert.match(JSON.stringify(made), /vnet-kiln-prod-northeurope\/subnets\/snet-builds/);
  });

  test('only the addresses of the list reach the API; without a list every one does, with a token', () => {
    const rules = (deployment: typeof byDefault): unknown => {
      const { siteConfig } = only(deployment, 'Microsoft.Web/sites').properties;
      return [
        siteConfig.ipSecurityRestrictionsDefaultAction,
        siteConfig.ipSecurityRestrictions.map(({ action, ipAddress }: any) => [action, ipAddress]),
      ];
    };
    assert.deepEqual(rules(byDefault), ['Allow', []]);
    assert.deepEqual(rules(withEverything), ['Deny', [['Allow', '203.0.113.0/24']]]);
  });

  test('what was overwritten or deleted can be put back, by the rules that Azure has for it', () => {
    for (const deployment of [byDefault, withEverything]) {
      const { properties } = only(deployment, 'Microsoft.Storage/storageAccounts/blobServices');
      const { restorePolicy, changeFeed, deleteRetentionPolicy, isVersioningEnabled } = properties;
      assert.deepEqual([restorePolicy.enabled, changeFeed.enabled, isVersioningEnabled], [true, true, true]);
      assert.ok(
        deleteRetentionPolicy.days > restorePolicy.days,
        'the longer retention that restore asks for',
      );
      const { rules } = only(deployment, 'Microsoft.Storage/storageAccounts/managementPolicies').properties
        .policy;
      const { version } = rules[0].definition.actions;
      assert.ok(version.delete.daysAfterCreationGreaterThan > restorePolicy.days);
    }
    assert.equal(of(byDefault, 'Microsoft.Authorization/locks').length, 0);
    assert.equal(of(withEverything, 'Microsoft.Authorization/locks').length, 2);
    const { encryption } = only(withEverything, 'Microsoft.Storage/storageAccounts').properties;
    const { keyvaulturi, keyname } = encryption.keyvaultproperties;
    assert.deepEqual([keyvaulturi, keyname], ['https://keys.vault.azure.net/', 'kiln']);
  });

  test('who wrote to the state and who sent requests is kept beside the logs', () => {
    for (const deployment of [byDefault, withEverything]) {
      const watched = of(deployment, 'Microsoft.Insights/diagnosticSettings').map(
        ({ id }) => /providers\/(Microsoft\.(?:Storage|ServiceBus)[^/]*)\//.exec(id)?.[1],
      );
      assert.deepEqual(watched, ['Microsoft.Storage', 'Microsoft.ServiceBus']);
    }
  });

  test('the app accepts the settings that it is deployed with', () => {
    const closed = parseSettings(appSettings(byDefault));
    assert.ok('missing' in closed.auth, 'without an app registration every request is refused');
    const settings = parseSettings(appSettings(withEverything));
    assert.equal(settings.policy.mode, 'deny');
    assert.ok('issuer' in settings.auth);
    assert.match(settings.auth.issuer, /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/v2\.0$/);
    assert.deepEqual(settings.auth.audiences, [`api://${CLIENT}`, CLIENT]);
    assert.deepEqual(
      settings.policy.rules.map(({ principals }) => principals),
      [[CLIENT.toLowerCase()]],
    );
    assert.partialDeepStrictEqual(settings.rights, {
      buildSubscriptionId: SCOPES.buildSubscriptionId,
      stagingGroupIds: SCOPES.stagingResourceGroupIds,
      imageGroupIds: SCOPES.imageResourceGroupIds,
    });
    assert.equal(closed.rights?.buildSubscriptionId, '', 'by default it builds nowhere');
    const [definition] = of(withEverything, 'Microsoft.Authorization/roleDefinitions');
    assert.match(
      String(definition?.properties.roleName),
      new RegExp(`\\(${settings.rights?.roleSuffix}\\)$`),
    );
    assert.equal(settings.armEndpoint, 'https://management.azure.com');
    assert.equal(settings.storage.kind, 'identity');
    assert.equal(settings.bus?.kind, 'identity');
    assert.equal(settings.strictCreate, true);
    assert.equal(settings.encryptionAtHost, true);
    assert.equal(settings.appName, 'prod');
    assert.ok(settings.webhook);
    assert.equal(appSettings(byDefault)['AzureWebJobsDisableHomepage'], 'true');
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
    const hub = only(withEverything, 'Microsoft.DurableTask/schedulers/taskHubs').name.split('/').at(-1);
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
        of(byDefault, `Microsoft.ServiceBus/namespaces/${type}`).map(({ name, properties }) => [
          name.split('/').at(-1),
          properties,
        ]),
      );
    const queues = Object.entries(named('queues')).map(([name, properties]) => [
      name,
      settingsOf(properties),
    ]);
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
});
