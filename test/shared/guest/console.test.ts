import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleNote, startedAnew } from '../../../shared/guest/console.ts';

const BOOT = '[    0.000000] Linux version 6.1.0-28-cloud-amd64 (debian-kernel@lists.debian.org)\r\n';
const QUIET = '[  312.804512] reboot: Restarting system\r\n';
const note = (name: string): string => `${consoleNote(name)}\r\n`;

test('a start that comes after the note of a script is a new one, however loud the kernel is', () => {
  for (const start of [BOOT, QUIET, 'Welcome to GRUB!\r\n', 'BdsDxe: starting Boot0001 "UEFI Misc Device"'])
    assert.equal(startedAnew(`${BOOT}${note('step-000-0')}${start}`, 'step-000-0'), true, start);
});

test('a start before the note is that of a step before, and a console without the note tells nothing', () => {
  assert.equal(startedAnew(`${BOOT}${QUIET}${BOOT}${note('step-001-0')}login: `, 'step-001-0'), false);
  assert.equal(startedAnew(`${note('step-000-0')}${QUIET}${BOOT}${note('step-002-0')}`, 'step-002-0'), false);
  assert.equal(startedAnew(`${note('step-000-0')}${QUIET}`, 'step-001-0'), false);
  assert.equal(startedAnew('', 'step-000-0'), false);
});
