import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { aptPackages, findCommand, installLine } from '../../cli/demo/prerequisites.ts';
import { needsOf } from '../../local/images/prerequisites.ts';

test('a command is found along the path when it may be executed, the first one wins', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'kiln-path-'));
  try {
    const [first, second] = [path.join(root, 'a'), path.join(root, 'b')];
    await writeFile(first, 'not a folder');
    await mkdir(second);
    await writeFile(path.join(second, 'kiln-probe'), '#!/bin/sh\n');
    const searchPath = [first, second, ''].join(path.delimiter);
    assert.equal(findCommand('kiln-probe', searchPath), undefined, 'not executable yet');
    await chmod(path.join(second, 'kiln-probe'), 0o755);
    assert.equal(findCommand('kiln-probe', searchPath), path.join(second, 'kiln-probe'));
  } finally {
    await rm(root, { recursive: true });
  }
});

test('the list that the demo prints brings all that local mode looks for', () => {
  for (const isRoot of [true, false])
    for (const need of needsOf('images', isRoot))
      assert.ok(aptPackages().includes(need.package), need.package);
});

test('each command of the printed line has the rights that it needs', () => {
  assert.equal(
    installLine(['a', 'b'], false),
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends a b',
  );
  assert.doesNotMatch(installLine(['a'], true), /sudo/);
});
