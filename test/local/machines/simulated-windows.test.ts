// What a simulated Windows keeps of what steps do: files, values of the registry, services and the state of its image.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answersTo } from '../../../local/machines/simulated/proofs.ts';
import { playWindows } from '../../../local/machines/simulated/windows.ts';
import {
  FRESH,
  imageStateOf,
  listedIn,
  started,
  type WindowsSystem,
} from '../../../local/machines/simulated/windows-system.ts';
import { windowsDeprovision } from '../../../shared/guest/windows-deprovision.ts';
import { installWindowsFile } from '../../../shared/guest/windows-file.ts';
import { inlinePowerShell } from '../../../shared/guest/powershell.ts';
import { renderChecks } from '../../../shared/guest/proofs/render.ts';

const after = (system: WindowsSystem, ...lines: string[]): WindowsSystem =>
  playWindows(system, inlinePowerShell(lines, 'web').text, undefined).system;
const deprovisioned = (system: WindowsSystem) =>
  playWindows(system, windowsDeprovision(true).text, undefined);

describe('services', () => {
  test('are made, started, stopped, set and removed by the cmdlets and by sc', () => {
    const made = after(
      FRESH,
      "New-Service -Name 'web' -BinaryPathName 'C:\\web\\web.exe' -StartupType Manual",
      'Start-Service web; Stop-Service -Force -Name W32Time',
      'sc.exe config WinDefend start= disabled',
      'Remove-Service -Name wuauserv',
    );
    assert.deepEqual(made.services['web'], { name: 'web', start: 'Manual', running: true });
    assert.equal(made.services['w32time']?.running, false);
    assert.equal(made.services['windefend']?.start, 'Disabled');
    assert.equal(made.services['wuauserv'], undefined);
  });

  test('that start by themselves run after a start, and the others do not', () => {
    const stopped = after(FRESH, 'Stop-Service W32Time', 'Start-Service wuauserv');
    const { services } = started(stopped);
    assert.deepEqual([services['w32time']?.running, services['wuauserv']?.running], [true, false]);
  });

  test('that are disabled do not start, and one that is not there is not made by being stopped', () => {
    const { services } = after(
      FRESH,
      'sc config W32Time start= disabled',
      'net stop W32Time',
      'net start W32Time',
    );
    assert.equal(services['w32time']?.running, false);
    assert.equal(after(FRESH, 'Stop-Service nothing').services['nothing'], undefined);
  });

  test('and programs of the registry are in the listing', () => {
    const key = String.raw`HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\App`;
    const lines = listedIn(
      after(
        FRESH,
        `New-ItemProperty -Path '${key}' -Name DisplayName -Value 'The App'`,
        `Set-ItemProperty -Path '${key}' -Name 'DisplayVersion' -Value 1.2`,
        'Set-Service W32Time -StartupType Disabled',
      ),
    );
    assert.ok(lines.includes('windows\tThe App\t1.2\t'), lines.join('\n'));
    assert.ok(lines.includes('service\tW32Time\tDisabled'));
    assert.ok(lines.includes('service\tRdAgent\tAuto'));
  });
});

test('checks are answered from what is kept, and of the rest it is said that nobody knows', () => {
  const key = String.raw`HKLM:\SOFTWARE\Contoso`;
  const system = after(
    FRESH,
    `Set-ItemProperty '${key}' Level -Value high`,
    "Set-Content C:\\motd.txt 'hello'",
  );
  const checks = renderChecks('Windows', [
    { type: 'service', service: 'W32Time', enabled: true, running: true },
    { type: 'service', service: 'wuauserv', running: true },
    { type: 'service', service: 'spooler', running: true },
    { type: 'registryKey', key, valueName: 'Level', value: 'high', absent: false },
    { type: 'file', path: 'C:\\motd.txt', contains: 'bye', absent: false },
    { type: 'user', user: 'me', absent: false },
  ] as never);
  const said = answersTo(checks.text, system)?.trimEnd().split('\n') ?? [];
  assert.deepEqual(
    said.map((line) => line.split('\t').slice(1, 3).join(' ')),
    ['0 passed', '1 failed', '2 skipped', '3 passed', '4 failed', '5 skipped'],
  );
});

test('a File step puts its file there, also over the deprovisioning script', () => {
  const bytes = Buffer.from('& $Env:SystemRoot\\System32\\Sysprep\\Sysprep.exe /oobe /generalize /quit\r\n');
  const destination = 'C:\\DeprovisioningScript.ps1';
  const file = installWindowsFile({ sha256: 'a'.repeat(64), destination, content: { bytes } });
  const { system } = playWindows(FRESH, file.text, undefined);
  const { system: ended, played } = deprovisioned(system);
  assert.match(played?.stdout ?? '', /simulated sysprep \/oobe \/generalize \/quit/);
  assert.equal(imageStateOf(ended), 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE');
  assert.deepEqual(ended.files, {});
});

test('the default waits for the services of the agent, and one that is down or gone is named', () => {
  const placed = deprovisioned(FRESH);
  assert.deepEqual([placed.played?.exitCode, placed.played?.powersOff], [0, true]);
  for (const line of ['Stop-Service RdAgent', 'Remove-Service RdAgent']) {
    const { played, system } = deprovisioned(after(FRESH, line));
    assert.equal(played?.exitCode, 1, line);
    assert.match(played?.stdout ?? '', /waits for them: RdAgent\./);
    assert.equal(imageStateOf(system), 'IMAGE_STATE_COMPLETE');
  }
});
