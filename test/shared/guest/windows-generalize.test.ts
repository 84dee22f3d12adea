// How a Windows machine is generalized, by the scripts that Kiln renders, run by PowerShell 7 in a folder that plays
// Windows: its sysprep, its registry and its tasks are stand-ins (test/support/powershell).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inlinePowerShell } from '../../../shared/guest/powershell.ts';
import { isProved, notesIn } from '../../../shared/guest/proof.ts';
import { NO_VALUES } from '../../../shared/guest/script.ts';
import { windowsDeprovision } from '../../../shared/guest/windows-deprovision.ts';
import { WindowsFolder } from '../../support/powershell/machine.ts';
import { pwsh, whyNoPowerShell } from '../../support/powershell/tool.ts';

const skip = whyNoPowerShell();
const options = { skip, concurrency: 2 };

/** What Microsoft's AVD templates do to the script: AdminSysPrep.ps1. */
const AVD = `((Get-Content -path C:\\DeprovisioningScript.ps1 -Raw) -replace 'Sysprep.exe /oobe /generalize /quiet /quit', 'Sysprep.exe /oobe /generalize /quit /mode:vm' ) | Set-Content -Path C:\\DeprovisioningScript.ps1`;

type Generalized = { windows: WindowsFolder; status: number | null; output: string };

/** The first step of a build, then its generalization up to the power-off. */
async function generalize(step: string, variables: Record<string, string> = {}): Promise<Generalized> {
  const windows = new WindowsFolder();
  windows.write('C/Packages/Plugins/RunCommandHandler/2.0/Downloads/script1.ps1', 'a copy of the agent');
  windows.write('C/Windows/Temp/kiln-killed/step.ps1', 'of a step that was killed');
  const first = inlinePowerShell([step], 'web', { ...NO_VALUES, prepare: { waitSeconds: 60 } });
  const customized = await windows.run(first);
  assert.equal(customized.status, 0, customized.stderr);
  const { status, stdout, stderr } = await windows.run(windowsDeprovision(true), variables);
  for (let look = 0; status === 0 && windows.read('power.log') === '' && look < 300; look++) await sleep(200);
  return { windows, status, output: `${stdout}${stderr}` };
}

test('how Windows is generalized', options, async (t) => {
  const cases = [
    t.test(
      "Microsoft's AVD step reads, replaces and writes back the default, and sysprep gets /mode:vm",
      async () => {
        const { windows, output } = await generalize(AVD);
        assert.equal(windows.read('sysprep.log').trim(), '/oobe /generalize /quit /mode:vm', output);
        assert.ok(isProved(output), output);
        assert.equal(windows.read('power.log').trim(), 'Stop-Computer');
        const gone = ['DeprovisioningScript.ps1', 'Windows/Temp/kiln-killed', 'Windows/Temp/kiln-generalize'];
        for (const name of gone) assert.ok(!windows.has(`C/${name}`), name);
        assert.deepEqual(windows.list('C/Packages/Plugins/RunCommandHandler/2.0/Downloads'), []);
        assert.match(windows.read('tasks.log'), /unregister kiln-restart\nunregister kiln-power-off/);
        windows.remove();
      },
    ),
    t.test('an appended line runs after the default, and stderr of the script is no failure', async () => {
      const line = `Add-Content C:\\DeprovisioningScript.ps1 'Set-Content (Join-Path $env:KILN_TEST_ROOT appended) ran'`;
      const { windows, output } = await generalize(line);
      assert.equal(windows.read('sysprep.log').trim(), '/oobe /generalize /quiet /quit', output);
      assert.equal(windows.read('appended').trim(), 'ran');
      assert.ok(isProved(output) && output.includes('Cannot find any service'), output);
      windows.remove();
    }),
    t.test(
      'an empty script is found out: the machine stays on and the command fails with the state',
      async () => {
        const { windows, status, output } = await generalize('Clear-Content C:\\DeprovisioningScript.ps1');
        assert.equal(status, 1);
        assert.match(output, /kiln: deprovisioning failed to generalize Windows: .*IMAGE_STATE_COMPLETE/);
        assert.equal(windows.read('power.log'), '');
        windows.remove();
      },
    ),
    t.test(
      'a sysprep that fails is told with its setuperr.log, although the script would wait for ever',
      async () => {
        const words =
          'SYSPRP Package Contoso.App was installed for a user, but not provisioned for all users.';
        const { windows, status, output } = await generalize('$null', { KILN_TEST_SYSPREP_FAILS: words });
        assert.equal(status, 1);
        assert.ok(output.includes(words), output);
        assert.equal(windows.read('power.log'), '');
        windows.remove();
      },
    ),
    t.test(
      'a deleted script is put back with a note, and a clean-up that meets a locked file switches off',
      async () => {
        const { windows, output } = await generalize('Remove-Item C:\\DeprovisioningScript.ps1', {
          KILN_TEST_LOCKED: 'yes',
        });
        assert.match(notesIn(output).join(), /DeprovisioningScript\.ps1 was gone: a step has deleted it/);
        assert.ok(isProved(output), output);
        assert.equal(windows.read('power.log').trim(), 'Stop-Computer');
        windows.remove();
      },
    ),
  ];
  await Promise.all(cases);
});

test('PowerShell reads every script that Kiln renders', { skip }, () => {
  const folder = path.join(import.meta.dirname, 'snapshots');
  const files = readdirSync(folder).filter((name) => name.endsWith('.ps1'));
  assert.ok(files.length > 10);
  const command = `$input | ForEach-Object { $e = $null
    $null = [Management.Automation.Language.Parser]::ParseFile($_, [ref]$null, [ref]$e)
    foreach ($one in $e) { "$_ $one" } }`;
  const input = files.map((name) => path.join(folder, name)).join('\n');
  const { stdout, status } = spawnSync(pwsh, ['-NoProfile', '-Command', command], {
    input,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [0, '']);
  assert.ok(readFileSync(path.join(folder, files[0] ?? '')).length > 0);
});
