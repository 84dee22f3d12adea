import { Buffer } from 'node:buffer';
import { settleForCheckpoint } from '../../../shared/guest/checkpoint.ts';
import { diagnosis } from '../../../shared/guest/diagnose.ts';
import { DEFAULT_DEPROVISIONING, deprovisionScript } from '../../../shared/guest/deprovision.ts';
import { LINUX_INVENTORY } from '../../../shared/guest/linux-inventory.ts';
import { LINUX_RUNNER } from '../../../shared/guest/linux-runner.ts';
import { fetchMedium } from '../../../shared/guest/iso/fetch-medium.ts';
import { installSystem } from '../../../shared/guest/iso/install-system.ts';
import { inlinePowerShell, powerShellFile } from '../../../shared/guest/powershell.ts';
import { renderBootMark } from '../../../shared/guest/render.ts';
import { NO_VALUES } from '../../../shared/guest/script.ts';
import { fileScript, inlineScript, installFile } from '../../../shared/guest/shell.ts';
import { DEFAULT_WINDOWS_DEPROVISIONING } from '../../../shared/guest/windows-default.ts';
import { windowsInventory } from '../../../shared/guest/windows-inventory.ts';
import { windowsDeprovision } from '../../../shared/guest/windows-deprovision.ts';
import { installWindowsFile } from '../../../shared/guest/windows-file.ts';
import { restartCheck, restartCommand } from '../../../shared/guest/windows-restart.ts';
import { pulse, watched } from '../../../shared/guest/watched.ts';
import { WINDOWS_RUNNER } from '../../../shared/guest/windows-runner.ts';
import { updateRound } from '../../../shared/guest/windows-update.ts';
import { sha256 } from '../../../shared/model/convert.ts';

const WATCH = { name: 'step-000-0', timeoutSeconds: 600 };
const SHA = 'a'.repeat(64);
const HISTORY = { run: 'the-run', json: '{\n  "schema": 1,\n  "run": "the-run"\n}' };
const VALUES = {
  ...NO_VALUES,
  arguments: ['one', "it's two"],
  environment: { GREETING: 'hello' },
  secrets: { TOKEN: 'hunter2-hunter2' },
  runIf: 'test -e /etc/hosts',
};

/** One of each guest script that Kiln writes, by the name of its approved snapshot. */
export const LINUX: Readonly<Record<string, string>> = {
  'shell-inline': inlineScript(['echo one', 'echo two'], 'web').text,
  'shell-with-everything': fileScript(Buffer.from('echo file'), 'web', VALUES).text,
  'shell-first': inlineScript(['echo first'], 'web', { ...NO_VALUES, prepare: { waitSeconds: 300 } }).text,
  'shell-first-resumed': inlineScript(['echo first'], 'web', {
    ...NO_VALUES,
    prepare: { waitSeconds: 300, resumes: true },
  }).text,
  'shell-first-listing': inlineScript(['echo first'], 'web', {
    ...NO_VALUES,
    prepare: { waitSeconds: 300, listSource: true },
  }).text,
  'shell-as-user': fileScript(Buffer.from('#!/bin/bash\nid'), 'web', { ...VALUES, runAs: 'app' }).text,
  'shell-binary': fileScript(Buffer.from([0xff, 0x00]), 'web').text,
  file: installFile(Buffer.from('content'), SHA, '/srv/a file', { mode: '0755', runIf: 'true' }).text,
  watched: watched(inlineScript(['echo one'], 'web'), { osType: 'Linux', ...WATCH }).text,
  pulse: pulse('Linux', WATCH.name).text,
  'boot-mark': renderBootMark('Linux').text,
  deprovision: deprovisionScript(true, HISTORY).text,
  'deprovision-runner': `#!/bin/sh\n${LINUX_RUNNER}`,
  'deprovision-default': DEFAULT_DEPROVISIONING,
  'settle-for-checkpoint': settleForCheckpoint().text,
  diagnose: diagnosis('Linux').text,
  inventory: LINUX_INVENTORY,
  'iso-fetch-medium': fetchMedium('https://example.com/a.iso', sha256(SHA), false).text,
  'iso-install-system': installSystem().text,
};

export const WINDOWS: Readonly<Record<string, string>> = {
  'powershell-inline': inlinePowerShell(['Write-Host "hi"', 'exit 3'], 'web').text,
  'powershell-first': inlinePowerShell(['exit 0'], 'web', { ...NO_VALUES, prepare: { waitSeconds: 1 } }).text,
  'powershell-with-everything': powerShellFile(Buffer.from('Write-Host file'), 'web', VALUES).text,
  'file-inline': installWindowsFile({
    sha256: SHA,
    destination: 'C:\\a b\\c.txt',
    content: { bytes: Buffer.from('x') },
  }).text,
  'file-fetched': installWindowsFile({
    sha256: SHA,
    destination: 'C:\\c.txt',
    content: { url: 'https://x/y?sig=z' },
    runIf: 'exit 0',
  }).text,
  'restart-command': restartCommand('shutdown /r /t 5').text,
  'restart-check': restartCheck('powershell -command "& {Write-Output \'restarted.\'}"').text,
  'update-round': updateRound({
    searchCriteria: 'IsInstalled=0',
    filters: ['exclude:$_.Title -like "*Preview*"', 'include:$true'],
    updateLimit: 20,
  }).text,
  watched: watched(inlinePowerShell(['exit 3'], 'web', VALUES), { osType: 'Windows', ...WATCH }).text,
  pulse: pulse('Windows', WATCH.name).text,
  'boot-mark': renderBootMark('Windows').text,
  deprovision: windowsDeprovision(true, HISTORY).text,
  'deprovision-default': DEFAULT_WINDOWS_DEPROVISIONING,
  'deprovision-runner': WINDOWS_RUNNER,
  diagnose: diagnosis('Windows').text,
  inventory: windowsInventory().text,
};
