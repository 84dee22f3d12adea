import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { bootMark } from '../../../shared/guest/boot-mark.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-boot-'));
after(() => rmSync(folder, { recursive: true }));

const kept = path.join(folder, 'lib');
const script = path.join(folder, 'DeprovisioningScript.sh');
mkdirSync(kept);

/** Asks as in the boot of this id. */
function mark(boot: string): string {
  writeFileSync(path.join(folder, 'boot_id'), `${boot}\n`);
  const text = bootMark()
    .text.replaceAll('/proc/sys/kernel/random/boot_id', path.join(folder, 'boot_id'))
    .replaceAll('/var/lib', kept)
    .replaceAll('/tmp/DeprovisioningScript.sh', script);
  return spawnSync('sh', ['-euc', text], { encoding: 'utf8' }).stdout;
}

test('what steps made of the deprovisioning script outlives restarts that empty /tmp', () => {
  writeFileSync(script, 'edited');
  assert.equal(mark('one'), 'one\n');
  rmSync(script);
  assert.equal(mark('two'), 'two\n');
  assert.equal(readFileSync(script, 'utf8'), 'edited');
  writeFileSync(script, 'edited again');
  mark('two');
  rmSync(script);
  mark('three');
  assert.equal(readFileSync(script, 'utf8'), 'edited again');
});

test('a script that was deleted is not brought back by a restart', () => {
  rmSync(script);
  mark('three');
  mark('four');
  assert.ok(!existsSync(script));
  assert.deepEqual(readdirSync(kept), [], 'and nothing is kept of it');
});
