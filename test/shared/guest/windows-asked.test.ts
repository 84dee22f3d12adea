// What Windows is asked (inventory, hygiene, declared checks), by the scripts that Kiln renders, run by PowerShell 7 on stand-ins for
// registry, CIM and cmdlets (test/support/powershell/system.ps1). No Windows has run them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resultsIn } from '../../../shared/guest/proofs/result.ts';
import { renderChecks, renderHygiene } from '../../../shared/guest/proofs/render.ts';
import { windowsInventory } from '../../../shared/guest/windows-inventory.ts';
import { readListing } from '../../../shared/inventory/read-listing.ts';
import type { Check } from '../../../shared/model/proof-wishes.ts';
import { ask, CBS, cleanSystem, SETUP, type System, WINLOGON } from '../../support/powershell/system.ts';
import { whyNoPowerShell } from '../../support/powershell/tool.ts';

const skip = whyNoPowerShell();
const HISTORY = 'Users/admin/AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt';

describe('what Windows is asked', { skip }, () => {
  test('the inventory lists every part, and names beyond ASCII arrive', () => {
    const { status, stdout, stderr } = ask(cleanSystem(), windowsInventory().text);
    assert.deepEqual([status, stderr], [0, '']);
    const found = readListing(stdout, { osType: 'Windows' });
    assert.ok(found !== undefined, stdout);
    const { os, packages, services, listening, users, disk, cut } = found.inventory;
    assert.equal(cut, undefined, 'no part is missing');
    assert.deepEqual([os.name, os.version], ['Microsoft Windows Server 2022 Datacenter', '10.0.20348.2849']);
    assert.deepEqual(packages.map(({ type, name, version }) => `${type} ${name} ${version}`).toSorted(), [
      'appx Microsoft.Paint 11.2',
      'feature IIS-WebServer ',
      'hotfix KB5046616 ',
      'windows Contoso Agent 4.2.1',
      'windows Überwachung 1.0',
    ]);
    assert.deepEqual(
      services.map(({ name, state }) => `${name} ${state}`),
      ['Spooler disabled', 'W3SVC automatic'],
    );
    assert.deepEqual(
      listening.map(({ protocol, port, process }) => `${protocol} ${port} ${process ?? '-'}`),
      ['tcp 80 System', 'udp 123 -'],
    );
    assert.deepEqual(users, [{ name: 'admin', groups: ['Administrators'] }]);
    assert.equal(disk.usedBytes, 10 * 1024 ** 3);
  });

  test('a part that cannot be read is told, and the others are there', () => {
    const system = cleanSystem();
    system.tcp = [];
    const { stdout } = ask(system, windowsInventory().text);
    const found = readListing(stdout, { osType: 'Windows' });
    assert.match(found?.inventory.cut?.join() ?? '', /listening/);
    assert.equal(found?.inventory.users.length, 1);
  });

  const hygiene = (
    change: (system: System) => void = () => undefined,
    files: Record<string, string> = {},
  ) => {
    const system = cleanSystem();
    change(system);
    const { status, stdout, stderr } = ask(system, renderHygiene('Windows', []).text, files);
    assert.deepEqual([status, stderr], [0, '']);
    return resultsIn(stdout);
  };
  const failures = (results: ReturnType<typeof hygiene>) =>
    results.flatMap(({ id, result, found }) => (result === 'failed' ? [`${id}: ${found}`] : []));

  test('hygiene has nothing to say against a clean image, and asks everything', () => {
    const results = hygiene();
    assert.deepEqual(failures(results), []);
    assert.deepEqual(
      results.map(({ id }) => id),
      ['image-state', 'autologon', 'scheduled-tasks', 'panther', 'pending-reboot', 'history', 'secure-boot'],
    );
    const [old] = hygiene((system) => (system.kek = '')).filter(({ id }) => id === 'secure-boot');
    assert.equal(old?.result, 'skipped');
  });

  test('hygiene finds each thing that a build left, by its name', () => {
    const plant = (system: System) => {
      system.registry[SETUP] = { ImageState: 'IMAGE_STATE_UNDEPLOYABLE' };
      system.registry[WINLOGON] = { AutoAdminLogon: '1', DefaultPassword: 'hunter2' };
      system.tasks.push({ TaskName: 'kiln-restart' });
      system.registry[CBS] = {};
      system.kek = 'Microsoft Corporation KEK CA 2011';
    };
    const found = failures(hygiene(plant, { [HISTORY]: 'net user admin x\n' }));
    const expected = [
      ...[/^image-state: IMAGE_STATE_UNDEPLOYABLE/, /^autologon: AutoAdminLogon 1/],
      ...[/^scheduled-tasks: kiln-restart/, /^pending-reboot: .*RebootPending/],
      ...[/^history: .*ConsoleHost_history\.txt/, /^secure-boot: certificates of 2011/],
    ];
    assert.equal(found.length, expected.length, found.join('\n'));
    for (const [index, line] of found.entries()) assert.match(line, expected[index] ?? /^$/);
    assert.ok(!found.join().includes('hunter2'));
  });

  const CHECKS: readonly [Check, good: boolean][] = [
    [{ type: 'file', name: 'f', path: 'C:\\app\\a.conf', absent: false, contains: 'mode=prod' }, true],
    [{ type: 'file', name: 'f', path: 'C:\\app\\a.conf', absent: true }, false],
    [{ type: 'package', name: 'p', package: 'Contoso Agent', absent: false, version: '4.2.1' }, true],
    [{ type: 'package', name: 'p', package: 'Contoso Agent', absent: false, version: '4.2.2' }, false],
    [{ type: 'package', name: 'p', package: 'Telnet', absent: true }, true],
    [{ type: 'service', name: 's', service: 'W3SVC', enabled: true, running: true }, true],
    [{ type: 'service', name: 's', service: 'None', running: true }, false],
    [{ type: 'port', name: 'l', port: 80, protocol: 'tcp', listening: true }, true],
    [{ type: 'port', name: 'l', port: 81, protocol: 'tcp', listening: true }, false],
    [{ type: 'port', name: 'l', port: 124, protocol: 'udp', listening: false }, true],
    [{ type: 'user', name: 'u', user: 'admin', absent: false, groups: ['Administrators'] }, true],
    [{ type: 'user', name: 'u', user: 'admin', absent: false, groups: ['Guests'] }, false],
    [{ type: 'user', name: 'u', user: "o'neil", absent: true, groups: [] }, true],
    [
      { type: 'command', name: 'c', command: "Write-Output 'v2.1'; exit 3", exitCode: 3, output: '^v2' },
      true,
    ],
    [{ type: 'command', name: 'c', command: 'exit 1', exitCode: 0 }, false],
    [
      {
        ...{ type: 'registryKey', name: 'r', key: 'HKLM:\\SOFTWARE\\Vendor', absent: false },
        ...{ valueName: 'Mode', value: 'prod' },
      },
      true,
    ],
    [{ type: 'registryKey', name: 'r', key: 'HKLM:\\SOFTWARE\\None', absent: false }, false],
    [{ type: 'feature', name: 'w', feature: 'Web-Server', installed: true }, true],
    [{ type: 'feature', name: 'w', feature: 'Telnet-Client', installed: true }, false],
    [{ type: 'size', name: 'd', mostGB: 20 }, true],
    [{ type: 'size', name: 'd', mostGB: 5 }, false],
  ];
  test('declared checks hold where they should and fail where they should not', () => {
    const checks = CHECKS.map(([check]) => check);
    const { status, stdout, stderr } = ask(cleanSystem(), renderChecks('Windows', checks).text, {
      'app/a.conf': 'mode=prod\n',
    });
    assert.deepEqual([status, stderr], [0, '']);
    const results = resultsIn(stdout);
    assert.deepEqual(
      results.map(({ id, result }) => `${id} ${result}`),
      CHECKS.map(([, good], index) => `${index} ${good ? 'passed' : 'failed'}`),
      results.map(({ id, found }) => `${id} ${found}`).join('\n'),
    );
  });
});
