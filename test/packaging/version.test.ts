import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VERSION } from '../../shared/version.ts';
import { run } from '../cli/command.ts';

test('`kiln --version`, the app (and with it /health) and package.json tell one version', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal(VERSION, manifest.version);
  assert.equal((await run(['--version'], import.meta.dirname)).stdout.trim(), VERSION);
});
