// A field of a template that names something of Azure's is one that the policy is asked about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectOf } from '../../functions/activities/subject.ts';
import { referencesOf } from '../../shared/access/references.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import type { SchemaNode } from '../../shared/template/schema/node.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { fullBody, inGroup, REF } from '../support/sample-templates.ts';

/** Fields that are ids, in any branch of the schema, as paths without the places in lists. */
function idsIn(node: SchemaNode, path: string): string[] {
  const own = node['armId'] !== undefined || node['keyIds'] !== undefined ? [path] : [];
  const children = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    idsIn(child, `${path}/${name}`),
  );
  const branches = (node.oneOf ?? []).flatMap((branch) => idsIn(branch, path));
  return [...own, ...children, ...branches, ...(node.items === undefined ? [] : idsIn(node.items, path))];
}

const image = (name: string): string => inGroup(`Microsoft.Compute/images/${name}`);

/** A template for each type of source and target, with every id that there is. */
const BODIES = [
  { source: { type: 'ManagedImage', imageId: image('base') } },
  {
    source: {
      type: 'SharedImageVersion',
      imageVersionId: inGroup('Microsoft.Compute/galleries/g/images/d/versions/1.0.0'),
    },
  },
].map((changes) => {
  const body = fullBody();
  const secrets = { PASSWORD: 'https://team.vault.azure.net/secrets/password' };
  const step = { type: 'Shell', name: 'secret', inline: ['true'], secrets };
  const uri = 'https://team.blob.core.windows.net/golden/web.vhd';
  const disk = { type: 'VHD', runOutputName: 'more', uri, copies: [`${uri}2`] };
  const distribute = [...(body.properties['distribute'] as object[]), disk];
  return { ...body, properties: { ...body.properties, ...changes, customize: [step], distribute } };
});

test('every id that a template can have is a reference, whatever it is the id of', () => {
  const parsed = BODIES.map((body) => parseTemplate(body, NEWEST, REF, { allow: [] }));
  const targets = parsed.flatMap((one) => {
    assert.ok(one.ok, JSON.stringify(one));
    return referencesOf(one.template).map(({ target }) => target);
  });
  const paths = new Set(targets.map((target) => target.replaceAll(/\/\d+(?=\/|$)/g, '')));
  const fields = [...new Set(idsIn(NEWEST.schema, ''))].filter((field) => !UNUSED.includes(field));
  const missing = fields.filter(
    (field) => ![...paths].some((path) => path === field || path.startsWith(`${field}/`)),
  );
  assert.deepEqual(missing, [], 'add what the template names to shared/access/references.ts');
  assert.ok(fields.length >= 8, fields.join());
  for (const more of ['/secrets/', '/uri', '/copies'])
    assert.ok(
      [...paths].some((path) => path.includes(more)),
      more,
    );
});

/** Accepted for clients of Azure VM Image Builder, and given to nothing: Kiln has no proxy VM and no container. */
const UNUSED = ['/properties/vmProfile/vnetConfig/containerInstanceSubnetId'];

test('a line of the log names template and run, wherever an activity has them', () => {
  const run = { ref: REF, runId: 'r', revision: 1 };
  const about = `template /subscriptions/${REF.subscriptionId}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/web`;
  for (const input of [run, { run }, { plan: { run } }]) assert.equal(subjectOf(input), ` [${about} run r]`);
  assert.equal(subjectOf({ ref: REF, operationId: 'x' }), ` [${about}]`);
  for (const input of [undefined, null, 7, {}, { plan: null }]) assert.equal(subjectOf(input), '');
});
