import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { nodeForLocalMode } from '../../cli/local/node-for-local-mode.ts';

test('local mode runs under the Node of the command, or under the one that came along, or says what is missing', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'kiln-node-'));
  try {
    assert.equal(nodeForLocalMode(true, root), process.execPath);
    assert.throws(() => nodeForLocalMode(false, root), /needs Node 22\.13 or newer; this is v\d/);
    const own = path.join(root, 'node_modules', 'node', 'bin', 'node');
    mkdirSync(path.dirname(own), { recursive: true });
    writeFileSync(own, '');
    assert.equal(nodeForLocalMode(false, root), own);
  } finally {
    rmSync(root, { recursive: true });
  }
});
