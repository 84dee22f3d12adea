import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withoutMark } from '../../../shared/model/exit-mark.ts';
import { pwsh, QUIET } from './tool.ts';

const SOFTWARE = 'HKLM:\\SOFTWARE';
const MICROSOFT = `${SOFTWARE}\\Microsoft`;
const UNINSTALL = `${MICROSOFT}\\Windows\\CurrentVersion\\Uninstall`;
export const CBS = `${MICROSOFT}\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending`;
export const WINLOGON = `${MICROSOFT}\\Windows NT\\CurrentVersion\\Winlogon`;
export const SETUP = `${MICROSOFT}\\Windows\\CurrentVersion\\Setup\\State`;

const BOOTED = new Date(Date.now() - 60_000).toISOString();

/** A Windows Server that has just booted an image of a build that left nothing. Fresh each time, to be changed. */
export const cleanSystem = () => ({
  registry: {
    [`${MICROSOFT}\\Windows NT\\CurrentVersion`]: {
      CurrentBuild: '20348',
      UBR: 2849,
      DisplayVersion: '21H2',
    },
    [WINLOGON]: { AutoAdminLogon: '0' },
    [SETUP]: { ImageState: 'IMAGE_STATE_COMPLETE' },
    [`${UNINSTALL}\\{1}`]: { DisplayName: 'Contoso Agent', DisplayVersion: '4.2.1' },
    [`${UNINSTALL}\\{2}`]: { SystemComponent: 1 },
    [`${SOFTWARE}\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{3}`]: {
      DisplayName: 'Überwachung',
      DisplayVersion: '1.0',
    },
    [`${SOFTWARE}\\Vendor`]: { Mode: 'prod' },
  } as Record<string, object>,
  cim: {
    Win32_OperatingSystem: [{ Caption: 'Microsoft Windows Server 2022 Datacenter', LastBootUpTime: BOOTED }],
    Win32_OptionalFeature: [{ Name: 'IIS-WebServer' }],
    Win32_Service: [
      { Name: 'W3SVC', StartMode: 'Auto' },
      { Name: 'Spooler', StartMode: 'Disabled' },
    ],
    Win32_LogicalDisk: [{ Size: 100 * 1024 ** 3, FreeSpace: 90 * 1024 ** 3 }],
  },
  hotfixes: [{ HotFixID: 'KB5046616' }],
  appx: [{ DisplayName: 'Microsoft.Paint', Version: '11.2' }],
  features: [
    { Name: 'Web-Server', InstallState: 'Installed' },
    { Name: 'Telnet-Client', InstallState: 'Available' },
  ],
  services: [{ Name: 'W3SVC', StartType: 'Automatic', Status: 'Running' }],
  processes: [{ Id: 4, ProcessName: 'System' }],
  tcp: [{ LocalAddress: '0.0.0.0', LocalPort: 80, OwningProcess: 4 }],
  udp: [{ LocalAddress: '::', LocalPort: 123, OwningProcess: 9 }],
  users: [{ Name: 'admin', SID: 'S-1' }],
  groups: [
    { Name: 'Administrators', Members: [{ Name: 'WEB\\admin', SID: 'S-1' }] },
    { Name: 'Orphans', Broken: true, Members: [] },
  ] as { Name: string; Broken?: boolean; Members: { Name: string; SID: string }[] }[],
  tasks: [{ TaskName: 'Defrag' }],
  kek: 'Microsoft Corporation KEK 2K CA 2023',
  used: 10 * 1024 ** 3,
});

export type System = ReturnType<typeof cleanSystem>;

/** Runs a rendered script on a system, with files on its drive C by their path below it. */
export function ask(
  system: System,
  script: string,
  files: Readonly<Record<string, string>> = {},
): { status: number | null; stdout: string; stderr: string } {
  const root = mkdtempSync(path.join(tmpdir(), 'kiln-windows-system-'));
  try {
    const write = (name: string, text: string): string => {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    };
    mkdirSync(path.join(root, 'C', 'Windows'), { recursive: true });
    for (const [name, text] of Object.entries(files)) write(`C/${name}`, text);
    chmodSync(write('bin/powershell.exe', `#!/bin/sh\nexec ${pwsh} "$@"\n`), 0o755);
    const state = write('system.json', JSON.stringify(system));
    const prelude = path.join(import.meta.dirname, 'system.ps1');
    const args = ['-NoProfile', '-NonInteractive', '-File', prelude, write('script.ps1', script)];
    const env = {
      ...process.env,
      ...QUIET,
      PATH: `${path.join(root, 'bin')}:${process.env['PATH']}`,
      SystemRoot: path.join(root, 'C', 'Windows'),
      SystemDrive: 'C:',
      PROCESSOR_ARCHITECTURE: 'AMD64',
      KILN_TEST_ROOT: root,
      KILN_TEST_SYSTEM: state,
    };
    const { status, stdout, stderr } = spawnSync(pwsh, args, { env, encoding: 'utf8' });
    return { status, stdout: withoutMark(stdout), stderr };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
