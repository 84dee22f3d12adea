import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchemaNode } from '../../../shared/template/schema/node.ts';
import { API_VERSIONS } from '../../../shared/template/versions/all.ts';

/** Every part of a schema that says which version has brought it, by its path. */
function datedParts(node: SchemaNode, at = ''): [string, string][] {
  const own: [string, string][] = node.since === undefined ? [] : [[at, node.since]];
  const children: [string, SchemaNode][] = [
    ...Object.entries(node.properties ?? {}),
    ...(node.oneOf ?? []).map((branch): [string, SchemaNode] => [branch.title ?? '', branch]),
    ...(node.items === undefined ? [] : [['items', node.items] as [string, SchemaNode]]),
  ];
  return [...own, ...children.flatMap(([name, child]) => datedParts(child, `${at}/${name}`))];
}

test('what a version has not brought yet is in no older one, and is there from then on', () => {
  for (const { name, schema } of API_VERSIONS)
    for (const [part, since] of datedParts(schema))
      assert.ok(since <= name, `${part} of ${since} is in ${name}`);
  const parts = datedParts(API_VERSIONS.find(({ name }) => name === '2026-11-01')?.schema ?? {}).map(
    ([part]) => part,
  );
  for (const part of [
    'LinuxRestart customizer',
    'PowerShell validator/secrets',
    'Shell customizer/runAs',
    'File validator/mode',
  ])
    assert.ok(
      parts.some((one) => one.endsWith(part)),
      part,
    );
});

test('official api-versions know our kinds and fields of steps by no name', () => {
  for (const { name, schema } of API_VERSIONS.filter(({ name }) => name < '2026-11-01')) {
    const text = JSON.stringify(schema);
    for (const word of ['LinuxRestart', 'runAs"', '"secrets"', '"runIf"', '"retry"', '"mode"'])
      assert.ok(!text.includes(word), `${word} is in ${name}`);
  }
});
