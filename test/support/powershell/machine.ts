import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withoutMark } from '../../../shared/model/exit-mark.ts';
import type { GuestScript } from '../../../shared/guest/script.ts';
import { pwsh, QUIET } from './tool.ts';

export type Ran = { status: number | null; stdout: string; stderr: string };

/** Sysprep is a program with a window: whoever starts it does not wait for it. */
const SYSPREP = `#!/bin/sh
root="$KILN_TEST_ROOT"
panther="$SystemRoot/System32/Sysprep/Panther"
mkdir -p "$panther"
echo "$*" >> "$root/sysprep.log"
touch "$root/sysprep-runs"
echo started > "$panther/setupact.log"
( sleep 2
  if [ -n "$KILN_TEST_SYSPREP_FAILS" ]; then echo "$KILN_TEST_SYSPREP_FAILS" > "$panther/setuperr.log"
  else echo IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE > "$root/state"; fi
  rm "$root/sysprep-runs" ) > /dev/null 2>&1 &
`;

/** A folder that rendered scripts take for a Windows machine; see windows.ps1 for what is played in it. */
export class WindowsFolder {
  readonly root = mkdtempSync(path.join(tmpdir(), 'kiln-windows-'));
  #scripts = 0;
  readonly #windows = path.join(this.root, 'C', 'Windows');

  constructor() {
    mkdirSync(path.join(this.root, 'bin'));
    mkdirSync(path.join(this.#windows, 'Temp'), { recursive: true });
    mkdirSync(path.join(this.#windows, 'System32', 'Sysprep'), { recursive: true });
    this.write('state', 'IMAGE_STATE_COMPLETE\n');
    const prelude = path.join(import.meta.dirname, 'windows.ps1');
    // The drive C exists inside the stand-ins only.
    this.#program(
      'bin/powershell.exe',
      `#!/bin/sh
while [ "$1" != -File ]; do shift; done
shift
exec ${pwsh} -NoProfile -NonInteractive -OutputFormat Text -File ${prelude} "$@"
`,
    );
    this.#program('bin/shutdown.exe', '#!/bin/sh\necho "shutdown $*" >> "$KILN_TEST_ROOT/power.log"\n');
    this.#program('C/Windows/System32/Sysprep/Sysprep.exe', SYSPREP);
  }

  /** As the agent runs a script: from a file, with its values as named parameters. */
  async run(
    script: Pick<GuestScript, 'text' | 'secrets'>,
    variables: Record<string, string> = {},
  ): Promise<Ran> {
    const file = path.join(this.root, `script-${this.#scripts++}.ps1`);
    writeFileSync(file, script.text);
    const values = Object.entries(script.secrets ?? {}).flatMap(([name, value]) => [`-${name}`, value]);
    const child = spawn(path.join(this.root, 'bin/powershell.exe'), ['-File', file, ...values], {
      env: {
        ...process.env,
        PATH: `${path.join(this.root, 'bin')}:${process.env['PATH']}`,
        SystemRoot: this.#windows,
        KILN_TEST_ROOT: this.root,
        ...QUIET,
        ...variables,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    // As people see it: the last line is for Kiln.
    return { status, stdout: withoutMark(stdout), stderr };
  }

  read(name: string): string {
    const file = path.join(this.root, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  list(name: string): string[] {
    return readdirSync(path.join(this.root, name));
  }

  has(name: string): boolean {
    return existsSync(path.join(this.root, name));
  }

  write(name: string, text: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #program(name: string, text: string): void {
    this.write(name, text);
    chmodSync(path.join(this.root, name), 0o755);
  }
}
