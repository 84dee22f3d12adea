import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { importDocument, type ImportOptions } from '../../../cli/import/import-file.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { REF, SUBSCRIPTION } from '../../support/sample-templates.ts';
import { run } from '../command.ts';
import { withKiln } from '../command.ts';
import { succeeding } from '../scripts.ts';
import { fill } from './fill.ts';

const read = (document: unknown, options: Partial<ImportOptions> = {}) =>
  importDocument(document, { parameters: {}, fallbackName: 'web', file: (name) => name, ...options });

const levels = (imported: ReturnType<typeof read>, level: string): string[] =>
  imported.notes
    .filter((note) => note.level === level)
    .map(({ pointer, message }) => `${pointer} ${message}`);

function accepted(template: Record<string, unknown>): void {
  const { name: _name, ...body } = fill(template).template as Record<string, unknown>;
  const parsed = parseTemplate(body, NEWEST, REF);
  assert.equal(parsed.ok, true, JSON.stringify(parsed.ok || parsed.failures));
}

const source = {
  type: 'PlatformImage',
  publisher: 'Canonical',
  offer: 'server',
  sku: '22',
  version: 'latest',
};
const target = { type: 'VHD', runOutputName: 'disk' };

const deployment = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  parameters: {
    gallery: { type: 'string' },
    regions: { type: 'array', defaultValue: ['westeurope', 'northeurope'] },
    size: { type: 'int', defaultValue: 64 },
    steps: {
      type: 'array',
      defaultValue: [{ type: 'Shell', inline: ['echo {{ .Values }}', "[ -f /x ] && echo 'y'"] }],
    },
  },
  variables: {
    definition: "[resourceId('Microsoft.Compute/galleries/images', parameters('gallery'), 'web')]",
    token: '[toLower(uniqueString(resourceGroup().id))]',
  },
  resources: [
    { type: 'Microsoft.Compute/galleries', name: "[parameters('gallery')]", apiVersion: '2022-03-03' },
    {
      type: 'Microsoft.VirtualMachineImages/imageTemplates',
      name: "[concat('golden-', variables('token'))]",
      apiVersion: '2022-02-14',
      location: '[resourceGroup().location]',
      dependsOn: ["[resourceId('Microsoft.Compute/galleries', parameters('gallery'))]"],
      properties: {
        source,
        customize: "[parameters('steps')]",
        vmProfile: { osDiskSizeGB: "[parameters('size')]" },
        distribute: [
          {
            type: 'SharedImage',
            runOutputName: "[concat('out-', variables('token'))]",
            galleryImageId: "[variables('definition')]",
            replicationRegions: "[parameters('regions')]",
          },
        ],
      },
    },
  ],
};

test('a deployment becomes a template: what is known is filled in, what is not becomes a placeholder', () => {
  const imported = read(deployment);
  assert.equal(imported.kind, 'ARM deployment');
  const [one] = imported.templates;
  assert.deepEqual(one?.template, {
    name: 'web',
    location: '{{location}}',
    properties: {
      source,
      // Brackets are an expression only around a whole text; braces of a script are written twice.
      customize: [{ type: 'Shell', inline: ['echo {{{{ .Values }}', "[ -f /x ] && echo 'y'"] }],
      vmProfile: { osDiskSizeGB: 64 },
      distribute: [
        {
          type: 'SharedImage',
          runOutputName: 'out-{{token}}',
          galleryImageId:
            '/subscriptions/{{subscription}}/resourceGroups/{{resourceGroup}}/providers/Microsoft.Compute/galleries/{{gallery}}/images/web',
          replicationRegions: ['westeurope', 'northeurope'],
        },
      ],
    },
  });
  assert.deepEqual(new Set(imported.open), new Set(['token', 'location', 'gallery']));
  assert.deepEqual(levels(imported, 'untranslated'), []);
  assert.match(
    levels(imported, 'open').join('\n'),
    /^\/variables\/token .*uniqueString\(\) is known to Azure only/m,
  );
  assert.deepEqual(levels(imported, 'left-out'), [
    '/resources/0 Kiln makes no galleries and definitions; they must be there before the first run.',
  ]);
  accepted(one.template);
});

test('a name that only its owner knows is the name of the file, and that is said with the way to another one', () => {
  assert.match(
    levels(read(deployment), 'changed').join('\n'),
    /\/name The name golden-\{\{token\}\} is not known, so that the template is called web\. .*--param or --name/,
  );
});

test('a placeholder has the name of the parameter, not that of a key in the file', () => {
  const parameters = { ...deployment.parameters, size: { type: 'string', defaultValue: "[utcNow('d')]" } };
  const imported = read({ ...deployment, parameters });
  assert.ok(imported.open.includes('size'), imported.open.join(' '));
});

test('given values leave nothing open, and are read in the type that the parameter has', () => {
  const imported = read(deployment, {
    parameters: { gallery: 'goldens', regions: '["swedencentral"]', size: '128' },
    unique: 'abc123',
    location: 'westeurope',
    subscription: SUBSCRIPTION,
    resourceGroup: 'images',
  });
  assert.deepEqual(imported.open, []);
  assert.equal(imported.templates[0]?.name, 'golden-abc123');
  const json = JSON.stringify(imported.templates[0]?.template);
  assert.match(json, /"osDiskSizeGB":128/);
  assert.match(json, /"replicationRegions":\["swedencentral"\]/);
  assert.ok(json.includes(`/subscriptions/${SUBSCRIPTION}/resourceGroups/images/`));
  assert.throws(
    () => read(deployment, { parameters: { size: 'big' } }),
    /size is "big"; it takes an integer/,
  );
});

test('nested deployments are read in their own scope or in the one around them', () => {
  const image = {
    type: 'Microsoft.VirtualMachineImages/imageTemplates',
    name: "[parameters('who')]",
    location: 'westeurope',
    properties: { source, distribute: [{ ...target, runOutputName: "[parameters('who')]" }] },
  };
  const nested = (scope: string, parameters: unknown) => ({
    type: 'Microsoft.Resources/deployments',
    properties: {
      expressionEvaluationOptions: { scope },
      parameters,
      template: { parameters: { who: { type: 'string' } }, resources: [image] },
    },
  });
  const imported = read({
    parameters: { who: { type: 'string', defaultValue: 'outer' } },
    resources: [
      nested('inner', { who: { value: "[concat(parameters('who'), '-inner')]" } }),
      nested('outer', {}),
      { type: 'Microsoft.Resources/deployments', properties: { templateLink: { uri: 'https://e.com' } } },
      { ...image, condition: "[equals(parameters('who'), 'nobody')]" },
    ],
  });
  assert.deepEqual(
    imported.templates.map(({ name, pointer }) => [name, pointer]),
    [
      ['outer-inner', '/resources/0/properties/template/resources/0'],
      ['outer', '/resources/1/properties/template/resources/0'],
    ],
  );
  assert.match(levels(imported, 'untranslated').join(), /\/resources\/2\/properties .*in another file/);
  assert.match(levels(imported, 'left-out').join(), /\/resources\/3 The condition .* is false/);
});

test('a value that uses itself, an unknown function and a broken expression are told, not guessed', () => {
  const imported = read({
    variables: { a: "[variables('b')]", b: "[concat(variables('a'), 'x')]" },
    resources: [
      {
        type: 'Microsoft.VirtualMachineImages/imageTemplates',
        location: "[reference('x').location]",
        tags: { loop: "[variables('a')]", broken: "[concat('x'" + ')]'.slice(1), copy: [] },
        properties: { source, distribute: [target] },
      },
    ],
  });
  const told = [...levels(imported, 'untranslated'), ...levels(imported, 'open')].join('\n');
  assert.match(told, /uses itself/);
  assert.match(told, /reference\(\) reads a deployed resource/);
  assert.match(told, /copy loop/);
  assert.match(told, /\/resources\/0\/tags\/broken .* is not understood/);
});

test('shapes of earlier versions become those of today, each with a note', () => {
  const imported = read({
    type: 'Microsoft.VirtualMachineImages',
    apiVersion: '2018-02-01-preview',
    location: '<region>',
    dependsOn: [],
    identity: { type: 'UserAssigned', userAssignedIdentities: { '<imgBuilderId>': {} } },
    properties: {
      stagingResourceGroup: 'IT_own',
      source: { type: 'iso', sourceURI: 'https://example.com/x.iso', sha256Checksum: 'ab'.repeat(32) },
      customize: [
        { type: 'shell', name: 'one', script: 'https://example.com/a.sh' },
        { type: 'Reboot', name: 'two' },
        { type: 'PowerShell', inline: 'dir', runElevated: 'true' },
      ],
      vmProfile: {
        osDiskSizeGB: '30',
        vnetConfig: { name: 'net', subnetName: 'build', resourceGroupName: 'network' },
      },
      distribute: [
        {
          type: 'managedImage',
          runOutputName: 'a',
          imageId:
            '/subscriptions/<subscriptionID>/resourceGroups/<rgName>/providers/Microsoft.Compute/images/a',
          location: '<region>',
          tags: { x: 1 },
        },
        {
          type: 'ManagedImage',
          runOutputName: 'a',
          galleryImageId:
            '/subscriptions/<subscriptionID>/resourceGroups/<rgName>/providers/Microsoft.Compute/galleries/g/images/d',
          location: 'x',
          aritfactTags: { y: 'z' },
        },
      ],
      madeUp: true,
    },
  });
  const [one] = imported.templates;
  assert.ok(one);
  const { properties } = one.template as { properties: Record<string, unknown> };
  assert.deepEqual(properties['customize'], [
    { type: 'Shell', name: 'one', scriptUri: 'https://example.com/a.sh' },
    { type: 'LinuxRestart', name: 'two' },
    { type: 'PowerShell', inline: ['dir'], runElevated: true },
  ]);
  const group = '/subscriptions/{{subscription}}/resourceGroups';
  assert.deepEqual(properties['vmProfile'], {
    osDiskSizeGB: 30,
    vnetConfig: {
      subnetId: `${group}/network/providers/Microsoft.Network/virtualNetworks/net/subnets/build`,
    },
  });
  assert.equal(properties['stagingResourceGroup'], `${group}/IT_own`);
  assert.deepEqual(properties['distribute'], [
    {
      type: 'ManagedImage',
      runOutputName: 'a',
      imageId: `${group}/{{rgName}}/providers/Microsoft.Compute/images/a`,
      location: '{{region}}',
      artifactTags: { x: '1' },
    },
    {
      type: 'SharedImage',
      runOutputName: 'a-2',
      galleryImageId: `${group}/{{rgName}}/providers/Microsoft.Compute/galleries/g/images/d`,
      replicationRegions: ['x'],
      artifactTags: { y: 'z' },
    },
  ]);
  assert.deepEqual(levels(imported, 'untranslated'), []);
  assert.match(levels(imported, 'left-out').join('\n'), /\/properties\/madeUp "madeUp" is no field/);
  for (const pointer of [
    '/properties/customize/0/type',
    '/properties/customize/0/script',
    '/properties/vmProfile/osDiskSizeGB',
    '/properties/distribute/1/aritfactTags',
    '/properties/distribute/1/location',
  ])
    assert.ok(
      levels(imported, 'changed').some((line) => line.startsWith(`${pointer} `)),
      pointer,
    );
  accepted(one.template);
});

test('what is missing or wrong is told with the place where it would be', () => {
  const imported = read({
    location: 'westeurope',
    properties: {
      source: { type: 'PlatformImage', publisher: 'a', offer: 'b', sku: 'c', version: 'newest' },
      customize: [
        { type: 'Shell' },
        { type: 'Ansible' },
        7,
        { type: 'Shell', scriptUri: 'http://example.com/a.sh' },
      ],
      distribute: [{ type: 'VHD' }],
    },
  });
  const told = levels(imported, 'untranslated').join('\n');
  for (const line of [
    /^\/properties\/source\/version "newest" is not a version/m,
    /^\/properties\/customize\/0 .*neither inline nor scriptUri/m,
    /^\/properties\/customize\/1\/type .*"Ansible"; Kiln knows Shell/m,
    /^\/properties\/customize\/2 7 is not an object/m,
    /^\/properties\/customize\/3\/scriptUri .*not an https URL/m,
    /^\/properties\/distribute\/0\/runOutputName .*has no "runOutputName"/m,
  ])
    assert.match(told, line);
});

test('scripts and tags keep their angle brackets', () => {
  const imported = read({
    location: 'westeurope',
    tags: { owner: '<team>' },
    properties: {
      source,
      customize: [{ type: 'Shell', inline: ['cat <<EOF >a; echo <html>'] }],
      distribute: [target],
    },
  });
  assert.deepEqual(imported.open, []);
  assert.match(JSON.stringify(imported.templates[0]?.template), /echo <html>/);
});

test('a file of something else is refused with what it could be', () => {
  assert.throws(() => read({ hello: 1 }), /no image template, no ARM deployment and no Packer template/);
  assert.throws(() => read([]), /holds no JSON object/);
  assert.throws(
    () => read({ resources: [{ type: 'Microsoft.Compute/galleries' }] }),
    /There is no image template/,
  );
});

/** The command itself, in a folder of its own. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-import-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the command writes the template, tells what is open, and `kiln build` takes the result', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    writeFileSync(path.join(folder, 'azuredeploy.json'), JSON.stringify(deployment));
    writeFileSync(
      path.join(folder, 'azuredeploy.parameters.json'),
      JSON.stringify({ parameters: { gallery: { value: 'goldens' } } }),
    );
    const imported = await run(
      ['import', 'azuredeploy.json', '--parameters', 'azuredeploy.parameters.json', '-o', 'web.json'],
      folder,
    );
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stderr, /ARM deployment with 1 image template\./);
    assert.match(
      imported.stderr,
      /kiln build FILE --var token=… --var location=…|kiln build FILE --var location=… --var token=…/,
    );
    const built = await kiln(['build', 'web.json', '--var', 'location=westeurope', '--var', 'token=x']);
    assert.equal(built.code, 0, built.stderr);
    const { properties } = server.template as {
      properties: { customize: { inline: string[] }[]; distribute: { galleryImageId: string }[] };
    };
    assert.equal(properties.customize[0]?.inline[0], 'echo {{ .Values }}');
    assert.match(
      properties.distribute[0]?.galleryImageId ?? '',
      /resourceGroups\/images\/.*galleries\/goldens\/images\/web$/,
    );
  });
});

test('what could not be translated makes the command end with 3, with pointers', async () => {
  await inFolder(async (folder) => {
    const template = {
      location: 'westeurope',
      properties: { source, customize: [{ type: 'Chef' }], distribute: [target] },
    };
    writeFileSync(path.join(folder, 'old.json'), `// old\n${JSON.stringify(template)}`);
    const { code, stdout, stderr } = await run(['import', 'old.json'], folder);
    assert.equal(code, 3, stderr);
    assert.equal((JSON.parse(stdout) as { name: string }).name, 'old');
    assert.match(stderr, /Not translated[\s\S]*\/properties\/customize\/0\/type .*"Chef"/);
    const json = await run(['import', 'old.json', '--json'], folder);
    assert.equal((JSON.parse(json.stdout) as { notes: unknown[] }).notes.length, 1);
  });
});

test('several templates need a folder', async () => {
  await inFolder(async (folder) => {
    const [, image] = deployment.resources;
    writeFileSync(
      path.join(folder, 'two.json'),
      JSON.stringify({ ...deployment, resources: [image, image] }),
    );
    const refused = await run(['import', 'two.json'], folder);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /holds 2 templates: two, two-2/);
    const { code } = await run(['import', 'two.json', '-o', 'images'], folder);
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(path.join(folder, 'images')).sort(), ['two-2.json', 'two.json']);
    assert.equal(
      (JSON.parse(readFileSync(path.join(folder, 'images/two-2.json'), 'utf8')) as { name: string }).name,
      'two-2',
    );
  });
});

test('every template of a file has a name of its own, also where one is called as another would be', () => {
  const type = 'Microsoft.VirtualMachineImages/imageTemplates';
  const resources = ['web-2', 'web', 'Web', 'web'].map((name) => ({ type, name, properties: {} }));
  const { templates } = importDocument(
    { resources },
    { parameters: {}, fallbackName: 'x', file: (file) => file },
  );
  assert.deepEqual(
    templates.map(({ name }) => name),
    ['web-2', 'web', 'Web-3', 'web-4'],
  );
});
