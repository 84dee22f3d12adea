import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { DEFAULT_DEPROVISIONING } from '../../shared/guest/deprovision.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { REF } from '../support/sample-templates.ts';
import { template, vhd } from '../support/templates.ts';

test('the page says what the default deprovisioning takes away that waagent does not', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/steps.md'), 'utf8');
  const removed = ['/root/.ssh/authorized_keys'];
  for (const file of removed) {
    assert.ok(DEFAULT_DEPROVISIONING.includes(file), file);
    assert.ok(page.includes(`\`${file}\``), file);
  }
});

test('the example of docs/steps.md is a step as it stands', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/steps.md'), 'utf8');
  const [, json = ''] = /```json\n([^]*?)```/.exec(page) ?? [];
  const step = JSON.parse(json) as object;
  const parsed = parseTemplate(template([step], [vhd]), NEWEST, REF);
  assert.ok(parsed.ok, JSON.stringify(parsed));
});
