import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { liveProfile } from '../../../local/azure/profile/live.ts';

test('a profile is read again when its file changes, and stays when what is written is none', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-profile-'));
  const file = path.join(folder, 'profile.json');
  const told: string[] = [];
  await writeFile(file, '{"coreQuota": 4}');
  const profile = liveProfile(file, (line) => told.push(line));
  assert.equal(profile.coreQuota, 4);
  await writeFile(file, '{"coreQuota": 5, "coreQuotas": {"eastus": 0}}');
  assert.equal(profile.coreQuota, 5);
  assert.deepEqual({ ...profile.coreQuotas }, { eastus: 0 });
  await writeFile(file, '{"coreQuota": "none"}');
  assert.equal(profile.coreQuota, 5);
  assert.match(told.at(-1) ?? '', /stays as it was: .*not a valid profile[^]*\/coreQuota must be integer/);
  await rm(folder, { recursive: true });
});
