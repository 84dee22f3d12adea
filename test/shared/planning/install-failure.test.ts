import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installFailure } from '../../../shared/planning/install-failure.ts';
import { ISO_EXIT } from '../../../shared/guest/iso/common.ts';

const ended = (exitCode: number, tail: string, timedOut = false) =>
  installFailure('install-system', { exitCode, tail, timedOut });

test('what the scripts find out has a code of its own and their last words', () => {
  for (const [exit, code] of [
    [ISO_EXIT.download, 'DownloadFailed'],
    [ISO_EXIT.checksum, 'ChecksumMismatch'],
    [ISO_EXIT.medium, 'SourceNotUsable'],
  ] as const)
    assert.deepEqual(ended(exit, 'much\nbefore\nand\nThe reason.\n'), {
      code,
      message: 'before\nand\nThe reason.',
      target: '/properties/source',
    });
});

test('anything else tells exit code or time-out with the last ten lines', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\n');
  const failure = ended(1, lines);
  assert.equal(failure.code, 'InstallFailed');
  assert.match(
    failure.message,
    /^The helper VM ended install-system with exit code 1\. Its last output:\nline 2\n/,
  );
  assert.match(ended(-1, lines, true).message, /did not end install-system in time/);
});
