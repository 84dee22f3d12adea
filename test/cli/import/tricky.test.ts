// Deployments as a compiler or a careful author writes them, each with what Azure would make of it: told by hand from Azure's documentation.
// Either the result is that, or the import says what is not in it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { CliError } from '../../../cli/errors.ts';
import { importDocument, type ImportOptions } from '../../../cli/import/import-file.ts';
import { readSource } from '../../../cli/template/read-source.ts';

type Json = Readonly<Record<string, unknown>>;

const read = (document: unknown, options: Partial<ImportOptions> = {}) =>
  importDocument(document, { parameters: {}, fallbackName: 'web', file: (name) => name, ...options });

const source = { type: 'ManagedImage', imageId: '/subscriptions/s/resourceGroups/g/providers/a/images/b' };
const shell = (line: string): Json => ({ type: 'Shell', inline: [line] });
const image = (properties: Json = {}, more: Json = {}): Json => ({
  type: 'Microsoft.VirtualMachineImages/imageTemplates',
  name: 'web',
  location: 'westeurope',
  properties: {
    source,
    customize: [shell('a')],
    distribute: [{ type: 'VHD', runOutputName: 'v' }],
    ...properties,
  },
  ...more,
});
const deployment = (resources: unknown, more: Json = {}): Json => ({
  contentVersion: '1.0.0.0',
  resources,
  ...more,
});
const nested = (properties: Json, more: Json = {}): Json => ({
  ...{ type: 'Microsoft.Resources/deployments', name: 'inner', properties },
  ...more,
});
const prod = { parameters: { env: { type: 'string' } } };

const reported = (imported: ReturnType<typeof read>): string[] =>
  imported.notes
    .filter(({ level }) => level === 'untranslated')
    .map(({ pointer, message }) => `${pointer} ${message}`);

const REPORTED: readonly (readonly [name: string, document: Json, told: RegExp])[] = [
  [
    'a condition that nobody knows',
    deployment([image({}, { condition: "[equals(parameters('env'), 'prod')]" })], prod),
    /^\/resources\/0\/condition Whether it is made depends on .*--param/,
  ],
  [
    'a loop over templates',
    deployment([image({}, { copy: { name: 'all', count: 2 } })]),
    /^\/resources\/0\/copy A copy loop makes several templates/,
  ],
  [
    'a loop over deployments',
    deployment([nested({ template: deployment([image()]) }, { copy: { name: 'all', count: 2 } })]),
    /^\/resources\/0\/copy A copy loop makes several templates/,
  ],
  [
    'a loop over regions',
    deployment([
      image({ distribute: [{ type: 'VHD', runOutputName: 'v', copy: [{ name: 'regions', count: 2 }] }] }),
    ]),
    /^\/resources\/0\/properties\/distribute\/0\/copy A copy loop .*Write it out/,
  ],
  [
    'a loop over steps in a variable',
    deployment([image({ customize: "[variables('steps')]" })], {
      variables: { copy: [{ name: 'steps', count: 2, input: shell('a') }] },
    }),
    /customize \[variables\('steps'\)\] is not understood/,
  ],
  [
    "a function of the user's own",
    deployment([image({ customize: [shell("[contoso.line('a')]")] })]),
    /inline\/0 .*contoso\.line\(\) is not known.*write what it gives/,
  ],
  [
    'an item that its list has not',
    deployment([image({ customize: [shell("[parameters('lines')[1]]")] })], {
      parameters: { lines: { type: 'array', defaultValue: ['a'] } },
    }),
    /inline\/0 .*has no such item/,
  ],
  [
    'a secret with a default',
    deployment([image({ customize: [shell("[concat('login ', parameters('password'))]")] })], {
      parameters: { password: { type: 'secureString', defaultValue: 'hunter2' } },
    }),
    /^\/parameters\/password .*is a secret.*`secrets`/,
  ],
  [
    'a trigger inside of its template',
    deployment([image({}, { resources: [{ type: 'triggers', name: 't' }] })]),
    /^\/resources\/0\/resources\/0 Triggers are not imported/,
  ],
  [
    'a deployment in another file',
    deployment([nested({ templateLink: { uri: 'https://e.com/a.json' } }), image()]),
    /^\/resources\/0\/properties The template of this deployment is in another file/,
  ],
];

for (const [name, document, told] of REPORTED)
  test(`${name} is reported with its place, and is no success`, () => {
    const imported = read(document);
    assert.match(reported(imported).join('\n'), told);
    assert.doesNotMatch(JSON.stringify(imported), /hunter2/);
    assert.deepEqual(
      imported.open.filter((open) => open === 'password'),
      [],
    );
  });

const propertiesOf = (document: Json, options?: Partial<ImportOptions>): any => {
  const imported = read(document, options);
  assert.deepEqual(reported(imported), []);
  return imported.templates[0]?.template['properties'];
};

test('union merges objects inside of objects, whatever their case, and replaces lists', () => {
  const { vmProfile } = propertiesOf(
    deployment([
      image({
        vmProfile:
          "[union(createObject('vmSize', 'a', 'vnetConfig', createObject('subnetId', '/subscriptions/s/resourceGroups/g/x')), createObject('VNETCONFIG', createObject('proxyVmSize', 'b')))]",
      }),
    ]),
  );
  assert.deepEqual(vmProfile, {
    vmSize: 'a',
    vnetConfig: { subnetId: '/subscriptions/s/resourceGroups/g/x', proxyVmSize: 'b' },
  });
});

for (const scope of ['inner', 'Inner'])
  test(`a nested deployment of scope ${scope} has its own parameters, and its own group`, () => {
    const inner = deployment(
      [image({ customize: [shell("[parameters('line')]"), shell("[resourceId('a.b/c', 'd')]")] })],
      { parameters: { line: { type: 'string' } } },
    );
    const { customize } = propertiesOf(
      deployment(
        [
          nested(
            {
              expressionEvaluationOptions: { scope },
              parameters: { line: { value: 'inner' } },
              template: inner,
            },
            { resourceGroup: 'images', subscriptionId: 'other' },
          ),
        ],
        { parameters: { line: { type: 'string', defaultValue: 'outer' } } },
      ),
    );
    assert.deepEqual(customize, [
      shell('inner'),
      shell('/subscriptions/other/resourceGroups/images/providers/a.b/c/d'),
    ]);
  });

test('a parameter that may be null is, and asks nobody', () => {
  const document = deployment(
    {
      web: image({
        vmProfile: {
          vnetConfig:
            "[if(empty(parameters('subnet')), null(), createObject('subnetId', parameters('subnet')))]",
        },
      }),
    },
    { languageVersion: '2.0', parameters: { subnet: { type: 'string', nullable: true } } },
  );
  assert.deepEqual(propertiesOf(document).vmProfile, {});
  assert.deepEqual(read(document).open, []);
});

test('what is there already is not made once more', () => {
  const there = image({}, { existing: true });
  const { templates, notes } = read(deployment({ there, web: image() }, { languageVersion: '2.0' }));
  assert.deepEqual(
    templates.map(({ pointer }) => pointer),
    ['/resources/web'],
  );
  assert.match(notes.map(({ message }) => message).join('\n'), /is there already/);
});

/** Words of HCL that look like something else at the first glance; a name that says nothing. */
const HCL = [
  'locals {\n  lines = [for line in split("\\n", file("a.sh")) : trimspace(line)]\n}\n',
  'variable "regions" {\n  type    = list(string)\n  default = ["a"]\n}\n',
  'packer {\n  required_plugins {\n    azure = { version = ">= 2" }\n  }\n}\n',
  '# golden images\n\nsource "azure-arm" "web" {\n  dynamic "azure_tag" {\n    for_each = var.tags\n    content { name = azure_tag.key }\n  }\n}\n',
  'build {\n  name = "web"\n  sources = ["source.azure-arm.web"]\n  provisioner "shell" {\n    only = ["azure-arm.web"]\n    inline = [templatefile("a.tpl", { a = 1 })]\n  }\n  post-processor "manifest" {}\n}\n',
  'build {\n  provisioner "shell" {\n    override = { web = { inline_shebang = "/bin/bash -e" } }\n    inline = [<<EOF\n{ "builders": [] }\nEOF\n    ]\n  }\n}\n',
  '/* all */ data "amazon-ami" "x" {\n}\n',
];

for (const [index, text] of HCL.entries())
  for (const name of ['web.pkr.hcl', 'web.txt', 'web.json'])
    test(`HCL is told from JSON, whatever it is called: ${index + 1}, ${name}`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'kiln-hcl-'));
      const file = path.join(folder, name);
      writeFileSync(file, text);
      await assert.rejects(readSource(file), (error) => {
        assert.ok(error instanceof CliError);
        assert.match(error.problem.message, /is Packer's HCL, not JSON/);
        assert.match(error.problem.remedy ?? '', /migrate\.md/);
        return true;
      });
      rmSync(folder, { recursive: true });
    });

test("Packer's HCL that is written as JSON is told too", () => {
  assert.throws(
    () => read({ source: { 'azure-arm': { web: {} } }, build: [{ sources: ['source.azure-arm.web'] }] }),
    /Packer's HCL, written as JSON/,
  );
});
