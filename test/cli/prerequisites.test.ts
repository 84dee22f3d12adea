import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { findCommand } from '../../cli/demo/prerequisites.ts';

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
