import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { nodeForLocalMode } from '../../cli/local/node-for-local-mode.ts';

test('local mode runs under the Node of the command, or under the one that came along, or says what is missing', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'kiln-node-'));
  try {
    for (const version of ['v22.16.0', 'v24.0.0', 'v25.1.0'])
      assert.equal(nodeForLocalMode(version, root), process.execPath);
    for (const version of ['v20.20.2', 'v22.15.1', 'v23.11.0'])
      assert.throws(() => nodeForLocalMode(version, root), new RegExp(`needs Node 24.*this is ${version}`));
    const own = path.join(root, 'node_modules', '.bin', 'node');
    mkdirSync(path.dirname(own), { recursive: true });
    writeFileSync(own, '');
    assert.equal(nodeForLocalMode('v20.20.2', root), own);
  } finally {
    rmSync(root, { recursive: true });
  }
});
