import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deprovisionScript } from '../../../shared/guest/deprovision.ts';
import {
  DEPROVISIONED,
  DEPROVISIONING_FAILED,
  failureIn,
  isProved,
  NOTE_MARK,
  notesIn,
} from '../../../shared/guest/proof.ts';
import { DEFAULT_WINDOWS_DEPROVISIONING } from '../../../shared/guest/windows-default.ts';

test('a proof is a line of its own, so that no script proves anything by being shown', () => {
  assert.ok(isProved(`noise\r\n${DEPROVISIONED}\r\n`));
  assert.ok(!isProved(`echo '${DEPROVISIONED}'\n`));
  assert.ok(!isProved(deprovisionScript(true).text), 'the log shows the script as well');
});

test('notes are told once, from a log and from a console that says the same', () => {
  const said = `${NOTE_MARK}one\n${NOTE_MARK}two\r\n`;
  assert.deepEqual(notesIn(`${said}other\n${said}`), ['one', 'two']);
});

test('of a failure the last word counts, with what follows it', () => {
  const log = `${DEPROVISIONING_FAILED} first\nx\n${DEPROVISIONING_FAILED} with exit code 3.\r\nwaagent: no space\n`;
  assert.equal(failureIn(log), `${DEPROVISIONING_FAILED} with exit code 3.\nwaagent: no space`);
  assert.equal(failureIn('all is well'), undefined);
});

test('the default of Windows has the words that templates replace', () => {
  const edited = DEFAULT_WINDOWS_DEPROVISIONING.replace(
    'Sysprep.exe /oobe /generalize /quiet /quit',
    'Sysprep.exe /oobe /generalize /quit /mode:vm',
  );
  assert.match(
    edited,
    /^& \$Env:SystemRoot\\System32\\Sysprep\\Sysprep\.exe \/oobe \/generalize \/quit \/mode:vm\r$/m,
  );
});
