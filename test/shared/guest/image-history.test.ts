// What an image says of itself: the Linux script under sh in a folder, the Windows one under PowerShell 7.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  type HistoryText,
  linuxHistory,
  windowsHistoryValue,
  WRITE_WINDOWS_HISTORY,
} from '../../../shared/guest/image-history.ts';
import { notesIn } from '../../../shared/guest/proof.ts';
import { windowsScript } from '../../../shared/guest/powershell.ts';
import { WindowsFolder } from '../../support/powershell/machine.ts';
import { whyNoPowerShell } from '../../support/powershell/tool.ts';

const history = (run: string, name = 'plain'): HistoryText => ({
  run,
  json: JSON.stringify({ schema: 1, run, steps: [{ name }] }, null, 2),
});

/** Names that shells, heredocs and code pages might read as something else. */
const ODD = 'it\'s `$(id)` \\n "KILN-HISTORY"\nKILN-HISTORY\n} ü 🙂 %s $HOME';

describe('the history in an image', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'kiln-history-'))));
  afterEach(() => rmSync(root, { recursive: true }));
  const file = () => path.join(root, 'usr/share/kiln/image.json');
  const write = (text: HistoryText) => {
    const script = `set -eu\numask 077\n${linuxHistory(text, root)}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout;
  };
  const read = () => JSON.parse(readFileSync(file(), 'utf8'));

  test('is there for everybody to read, whatever names are in it', () => {
    assert.equal(write(history('one', ODD)), '');
    assert.deepEqual(read(), { schema: 1, run: 'one', steps: [{ name: ODD }] });
    assert.equal(statSync(file()).mode & 0o777, 0o644);
    assert.equal(statSync(path.dirname(file())).mode & 0o777, 0o755);
  });

  test('has that of its source in it, and writing it twice is once', () => {
    for (const run of ['base', 'middle', 'top', 'top']) write(history(run));
    const { run, before } = read();
    assert.deepEqual([run, before.run, before.before.run], ['top', 'middle', 'base']);
    assert.equal(before.before.before, undefined);
  });

  test('leaves out one of the source that is too long to carry', () => {
    mkdirSync(path.dirname(file()), { recursive: true });
    writeFileSync(file(), JSON.stringify({ filler: 'x'.repeat(300_000) }));
    write(history('top'));
    assert.equal(read().before, undefined);
  });

  test('that cannot be written is a note and no failure', () => {
    writeFileSync(path.join(root, 'usr'), 'a file, where a folder is needed');
    assert.match(notesIn(write(history('one'))).join(), /image\.json could not be written/);
  });
});

test('the history in a Windows image', { skip: whyNoPowerShell() }, async (t) => {
  const windows = new WindowsFolder();
  const write = (text: HistoryText, folder = path.join(windows.root, 'C', 'ProgramData')) =>
    windows.run(
      { text: windowsScript(windowsHistoryValue(text), WRITE_WINDOWS_HISTORY) },
      { ProgramData: folder },
    );
  const read = () => JSON.parse(windows.read('C/ProgramData/Kiln/image.json'));
  await t.test('is the same as on Linux, with that of its source in it', async () => {
    for (const text of [history('base', ODD), history('top'), history('top')]) {
      const { status, stdout, stderr } = await write(text);
      assert.deepEqual([status, stdout.trim(), stderr], [0, '', '']);
    }
    const { run, before } = read();
    assert.deepEqual([run, before], ['top', { schema: 1, run: 'base', steps: [{ name: ODD }] }]);
  });
  await t.test('that cannot be written is a note and no failure', async () => {
    windows.write('a-file', '');
    const { status, stdout } = await write(history('one'), path.join(windows.root, 'a-file'));
    assert.equal(status, 0);
    assert.match(notesIn(stdout).join(), /image\.json could not be written/);
  });
  windows.remove();
});
