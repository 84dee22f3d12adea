import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ROLES } from '../../functions/http/access.ts';
import { bicepProgram, compile, formatted, noBicep } from '../support/bicep.ts';
import { ROOT } from '../support/local-kiln.ts';
import {
  byDefault,
  deploy,
  EVERYTHING,
  INFRA,
  MAIN,
  NEEDED,
  of,
  only,
  withEverything,
} from './bicep/deployment.ts';

const both = [...byDefault.resources, ...withEverything.resources];
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

describe('names, words and parameters of the deployment', { skip: noBicep }, () => {
  test("Microsoft's compiler has nothing to say, and every file is written as it formats it", async () => {
    assert.equal((await compile(MAIN)).said, '');
    const files = globSync('**/*.{bicep,bicepparam}', { cwd: INFRA });
    assert.ok(files.length > 20);
    for (const file of files) {
      const whole = path.join(INFRA, file);
      assert.equal(readFileSync(whole, 'utf8'), await formatted(whole), file);
    }
  });

  test('a budget begins on the day that was given, whenever it is deployed, and is refused without one', async () => {
    const { timePeriod } = only(withEverything, 'Microsoft.Consumption/budgets').properties;
    assert.deepEqual(timePeriod, { startDate: '2026-11-01' });
    const without = await deploy({ ...EVERYTHING, monthlyBudget: 0, budgetStart: '' });
    assert.equal(of(without, 'Microsoft.Consumption/budgets').length, 0);
    const { budgetStart, ...rest } = EVERYTHING;
    assert.equal(budgetStart, timePeriod.startDate);
    const unsaid = await deploy(rest).then(
      (made) => JSON.stringify(only(made, 'Microsoft.Consumption/budgets').properties.timePeriod),
      (error: Error) => error.message,
    );
    assert.match(unsaid, /budgetStart is needed/);
    for (const { id, ...rest } of both) assert.doesNotMatch(JSON.stringify(rest), /utcNow/, id);
  });

  test('what Azure would refuse or misread is refused before anything is made, all of it at once', async () => {
    const wrong = {
      ...NEEDED,
      environmentName: 'prod_eu.1',
      imageResourceGroupIds: ['images'],
      stagingResourceGroupIds: ['/subscriptions/x/resourceGroups/a'],
      virtualNetworkIds: [`${EVERYTHING.imageResourceGroupIds[0]}/providers/Microsoft.Web/sites/a`],
      buildIdentityIds: EVERYTHING.keyVaultIds,
      keyVaultIds: EVERYTHING.buildIdentityIds,
      privateApi: true,
      provenanceKeyVaultId: EVERYTHING.buildIdentityIds[0],
      encryptionKeyUri: 'https://keys.vault.azure.net/keys/kiln',
    };
    await assert.rejects(deploy(wrong), (error: Error) => {
      for (const words of [
        /environmentName "prod_eu\.1"/,
        /"images" is not the id of a resource group/,
        /"\/subscriptions\/x\/resourceGroups\/a" is not/,
        /sites\/a" is not the id of a virtual network/,
        /vaults\/secrets" is not the id of a user-assigned identity/,
        /userAssignedIdentities\/build" is not the id of a Key Vault/,
        /provenanceKeyVaultId needs provenanceKeyId/,
        /need privateNetwork/,
        /given together/,
      ])
        assert.match(error.message, words);
      return true;
    });
    await assert.rejects(
      deploy({ ...NEEDED, privateNetwork: true, networkAddressPrefix: '10.0.0.0/26' }),
      /smaller than a \/25/,
    );
  });

  test('azd hands every parameter over that is in its environment, and an empty one changes nothing', async () => {
    const { template } = await compile(MAIN);
    const environment = { PATH: process.env['PATH'], AZURE_ENV_NAME: 'prod', AZURE_LOCATION: 'westeurope' };
    const build = (more: Record<string, string>): Record<string, { value: unknown }> => {
      const said = execFileSync(
        bicepProgram(),
        ['build-params', path.join(INFRA, 'main.bicepparam'), '--stdout'],
        { env: { ...environment, HOME: process.env['HOME'], ...more }, encoding: 'utf8' },
      );
      return JSON.parse(JSON.parse(said).parametersJson).parameters;
    };
    for (const [name, { value }] of Object.entries(build({})))
      if (!(name in NEEDED)) assert.deepEqual(value, template.parameters[name].defaultValue, name);
    const lists = build({
      KILN_IMAGE_GROUPS: ' /a , /b',
      KILN_MAXIMUM_BUILDS: '7',
      KILN_PRIVATE_NETWORK: 'true',
    });
    assert.deepEqual(lists['imageResourceGroupIds']?.value, ['/a', '/b']);
    assert.deepEqual([lists['maximumBuilds']?.value, lists['privateNetwork']?.value], [7, true]);
  });

  test('every parameter is explained, and so is every variable of the azd environment', async () => {
    const { template } = await compile(MAIN);
    const guide = read('docs/deploy.md');
    for (const [name, { metadata }] of Object.entries<any>(template.parameters)) {
      assert.ok(metadata?.description, `${name} has no description`);
      assert.ok(guide.includes(`\`${name}\``), `docs/deploy.md does not know ${name}`);
    }
    const variables = read('infra/main.bicepparam').match(/\bKILN_[A-Z_]+\b/g) ?? [];
    assert.ok(variables.length > 20);
    for (const name of variables)
      assert.ok(guide.includes(`\`${name}\``), `docs/deploy.md does not know ${name}`);
  });

  test('alerts ask for the words that the app writes', () => {
    assert.equal(of(byDefault, 'Microsoft.Insights/scheduledQueryRules').length, 0);
    const words = of(withEverything, 'Microsoft.Insights/scheduledQueryRules')
      .flatMap(({ properties }) => properties.criteria.allOf.map((one: any) => one.query))
      .flatMap((query: string) => [...query.matchAll(/"([^"]+)"/g)].map((match) => match[1]));
    assert.deepEqual(words.toSorted(), [
      ' failed: ',
      'janitor: ',
      'run ended: Failed',
      'run ended: PartiallySucceeded',
    ]);
    const code = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
    assert.match(code('functions/timer/janitor.ts'), /log\.warn\(`janitor: \$\{subject\} failed: /);
    assert.match(code('shared/commands/end-run.ts'), /`run ended: \$\{run\.state\} /);
    const metric = only(withEverything, 'Microsoft.Insights/metricAlerts').properties.criteria.allOf[0];
    assert.equal(metric.metricName, 'DeadletteredMessages');
    const { filter } = only(withEverything, 'Microsoft.Consumption/budgets').properties;
    assert.deepEqual(filter.tags, { name: 'kiln-app', operator: 'In', values: ['prod'] });
  });

  test('everything that can be tagged is, and names begin with the abbreviations of the Cloud Adoption Framework', () => {
    const untagged = withEverything.resources.filter(
      ({ location, tags }) => location !== undefined && tags?.['costCenter'] !== '42',
    );
    assert.deepEqual(
      untagged.map(({ id }) => id),
      [],
    );
    assert.equal(only(withEverything, 'Microsoft.Web/sites').tags?.['azd-service-name'], 'app');
    const prefixes: Record<string, RegExp> = {
      'Microsoft.Resources/resourceGroups': /^rg-/,
      'Microsoft.Web/sites': /^func-/,
      'Microsoft.Web/serverfarms': /^asp-/,
      'Microsoft.Storage/storageAccounts': /^st[a-z0-9]{1,22}$/,
      'Microsoft.ServiceBus/namespaces': /^sbns-/,
      'Microsoft.ManagedIdentity/userAssignedIdentities': /^id-/,
      'Microsoft.Network/virtualNetworks': /^vnet-/,
      'Microsoft.Network/networkSecurityGroups': /^nsg-/,
      'Microsoft.Network/natGateways': /^ng-/,
      'Microsoft.Network/publicIPAddresses': /^pip-/,
      'Microsoft.Network/privateEndpoints': /^pep-/,
      'Microsoft.OperationalInsights/workspaces': /^log-/,
      'Microsoft.Insights/components': /^appi-/,
    };
    for (const { type, name } of both) if (prefixes[type]) assert.match(name, prefixes[type]);
  });
});

test('the app roles of the registration are those that the API asks for', () => {
  const roles = JSON.parse(read('infra/app-roles.json'));
  assert.deepEqual(
    roles.map((role: any) => role.value),
    [...ROLES],
  );
});

test('azd deploys the package as it is, and writes the first day of a budget down once', () => {
  const text = read('azure.yaml');
  assert.match(text, /project: \.\/dist\/app\n/);
  assert.match(text, /remoteBuild: false\n/);
  assert.match(text, /run: npm ci [^&]*\n/);
  assert.match(
    text,
    /get-value KILN_BUDGET_START .* \|\| azd env set KILN_BUDGET_START "\$\(date -u \+%Y-%m-01\)"/,
  );
});
