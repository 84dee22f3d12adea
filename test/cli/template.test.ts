import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseTemplateId, resolveTemplate, templatePath } from '../../cli/api/template-id.ts';
import { checkFooter, footerChecksum } from '../../cli/download/vhd-footer.ts';
import { CliError } from '../../cli/errors.ts';
import { parseJsonc, toPlainJson } from '../../cli/template/jsonc.ts';
import { fillPlaceholders, parseVariables } from '../../cli/template/placeholders.ts';
import { readTemplate } from '../../cli/template/read-template.ts';

test('plain JSON passes the comment remover unchanged, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      assert.equal(toPlainJson(json), json);
      assert.equal(parseJsonc(json, 'x.json').relaxed, false);
    }),
  );
});

test('comments and trailing commas go, line breaks stay', () => {
  const source = '{ // one\n "a": [1, /* two\n three */ ], // four,\n "b": "// not a comment", /* } */ }';
  assert.deepEqual(parseJsonc(source, 'x.json'), { value: { a: [1], b: '// not a comment' }, relaxed: true });
  assert.equal(toPlainJson(source).split('\n').length, source.split('\n').length);
});

test('brackets in a comment decide about no comma outside of it', () => {
  const source = '{ "location": "westeurope", // see [1]\n  /* } */ "properties": {}, /* ] */ }';
  assert.deepEqual(parseJsonc(source, 'x').value, { location: 'westeurope', properties: {} });
  const comment = fc.stringMatching(/^[ -)+-.0-~]*$/);
  fc.assert(
    fc.property(fc.json(), comment, (json, words) => {
      const spaced = JSON.stringify(JSON.parse(json), undefined, 1).replaceAll(/\n/g, () => ` // ${words}\n`);
      assert.deepEqual(parseJsonc(spaced, 'x').value, JSON.parse(json));
    }),
  );
});

test('a file of another tool is told from JSON, with the way from it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-kinds-'));
  try {
    for (const [name, content, words] of [
      ['main.bicep', 'param location string\n', /is Bicep, not JSON.*az bicep build/s],
      ['web.pkr.hcl', 'source "azure-arm" "web" {}\n', /is Packer's HCL, not JSON/],
      ['plain', 'build {\n}\n', /is Packer's HCL/],
      ['main.tf', 'resource "azapi_resource" "x" {}\n', /is Terraform/],
      ['t.yaml', 'location: westeurope\n', /is YAML.*yq/s],
      ['packer.json', '{"builders": []}', /is a Packer template.*kiln import/s],
      ['azuredeploy.json', '{"resources": []}', /is an ARM deployment.*kiln import/s],
      ['cut.json', '{"a": ', /cut\.json is not JSON/],
      ['nothing.json', undefined, /There is no file/],
      ['.', undefined, /is a folder/],
    ] as const) {
      const file = path.join(folder, name);
      if (content !== undefined) writeFileSync(file, content);
      await assert.rejects(readTemplate(file, {}), (error: CliError) => {
        assert.match(`${error.message}\n${error.problem.remedy}`, words);
        return error.problem.exitCode === 2;
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('placeholders are filled in strings at any depth, and four braces are two', () => {
  const values = { subscription: 's-1', region: 'west' };
  const template = {
    id: '/subscriptions/{{subscription}}/x',
    list: ['{{ region }}', 3, null],
    other: '{{{{x}}',
    identities: { '/subscriptions/{{subscription}}/y': {} },
  };
  assert.deepEqual(fillPlaceholders(template, values), {
    id: '/subscriptions/s-1/x',
    list: ['west', 3, null],
    other: '{{x}}',
    identities: { '/subscriptions/s-1/y': {} },
  });
});

test('an unknown placeholder is refused with the ones there are', () => {
  assert.throws(
    () => fillPlaceholders('{{regoin}}', { region: 'x' }),
    (error: unknown) =>
      error instanceof CliError &&
      error.problem.exitCode === 2 &&
      /\{\{regoin\}\}/.test(error.message) &&
      /Known: \{\{region\}\}/.test(error.problem.remedy ?? ''),
  );
});

test('variables keep everything after the first equals sign', () => {
  assert.deepEqual(parseVariables(['a=b=c', 'd=']), { a: 'b=c', d: '' });
  assert.throws(() => parseVariables(['novalue']), /not of the form name=value/);
});

test('template ids survive the way to a path and back, with any legal spelling', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9_.()-]{1,30}$/).filter((text) => !/^\.+$/.test(text));
  fc.assert(
    fc.property(segment, segment, segment, (subscriptionId, resourceGroup, name) => {
      const id = { subscriptionId, resourceGroup, name };
      assert.deepEqual(parseTemplateId(decodeURIComponent(templatePath(id))), id);
    }),
  );
});

test('an id in other case is read; an id of something else is refused', () => {
  const id = '/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.virtualmachineimages/imagetemplates/t';
  const scope = { subscriptionId: 'default', resourceGroup: undefined };
  assert.deepEqual(resolveTemplate(id, scope), { subscriptionId: 's', resourceGroup: 'g', name: 't' });
  assert.throws(
    () => resolveTemplate('/subscriptions/s/resourceGroups/g', scope),
    /is not the id of an image template/,
  );
});

function footer(change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('conectix', 'latin1');
  bytes.writeBigUInt64BE(3n * 1024n * 1024n, 48);
  bytes.writeUInt32BE(2, 60);
  bytes.writeUInt32BE(footerChecksum(bytes), 64);
  change(bytes);
  return bytes;
}
const LENGTH = 3 * 1024 * 1024 + 512;

test('a fixed VHD with a right footer passes', () => {
  assert.deepEqual(checkFooter(footer(), LENGTH), { ok: true, virtualSize: 3 * 1024 * 1024 });
});

test('any single changed byte of the footer is noticed', () => {
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (index, flip) => {
      const changed = footer((bytes) => bytes.writeUInt8((bytes[index] ?? 0) ^ flip, index));
      assert.equal(checkFooter(changed, LENGTH).ok, false);
    }),
  );
});

test('a footer that disagrees with the file is refused with both numbers', () => {
  const verdict = checkFooter(footer(), LENGTH + 1);
  assert.match(verdict.ok ? '' : verdict.problems.join(), /tells 3145728 bytes, the file holds 3145729/);
});
