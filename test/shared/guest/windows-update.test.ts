// Rounds of Windows Update, run by PowerShell 7; the service that finds and installs is played by windows.ps1.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MORE_UPDATES, updateRound } from '../../../shared/guest/windows-update.ts';
import { WindowsFolder } from '../../support/powershell/machine.ts';
import { whyNoPowerShell } from '../../support/powershell/tool.ts';

const skip = whyNoPowerShell();
let windows: WindowsFolder;
beforeEach(() => (windows = new WindowsFolder()));
afterEach(() => windows.remove());

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
/** PowerShell hands the lower byte of a code to Linux. */
const MORE = MORE_UPDATES % 256;

const round = async (updates: readonly string[], updateLimit: number, filters: string[] = []) =>
  await windows.run(updateRound({ searchCriteria: 'IsInstalled=0', filters, updateLimit }), {
    KILN_TEST_UPDATES: updates.join(' '),
  });
const installed = (): string[] => windows.read('updates.log').split('\n').filter(Boolean);

test('a small limit costs no rounds while no restart is wanted', { skip }, async () => {
  const updates = names('K', 40);
  const first = await round(updates, 3);
  assert.equal(first.status, MORE, first.stderr);
  assert.deepEqual(installed(), updates);
  const second = await round(updates, 3);
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, /Nothing is left to install\./);
});

test('a lot that wants a restart ends the round, and the rest comes after it', { skip }, async () => {
  const updates = ['K0', 'R1', 'K2', 'K3'];
  assert.equal((await round(updates, 2)).status, MORE);
  assert.deepEqual(installed(), ['K0', 'R1']);
  assert.equal((await round(updates, 2)).status, MORE);
  assert.deepEqual(installed(), updates);
});

test(
  'an update that fails is tried once in a round, and one that is alone in failing fails it',
  { skip },
  async () => {
    const mixed = await round(['F0', 'K1', 'K2'], 2);
    assert.equal(mixed.status, MORE, mixed.stderr);
    assert.equal(mixed.stdout.match(/Chosen: F0/g)?.length, 1);
    assert.deepEqual(installed(), ['K1', 'K2']);
    const alone = await round(['F0'], 2);
    assert.equal(alone.status, 1);
    assert.match(alone.stderr, /failed with result code 4/);
  },
);

test('filters decide by the first that holds', { skip }, async () => {
  const wanted = await round(['K1', 'X2', 'K3'], 1000, ["exclude:$_.Title -like 'X*'", 'include:$true']);
  assert.equal(wanted.status, MORE, wanted.stderr);
  assert.deepEqual(installed(), ['K1', 'K3']);
});
