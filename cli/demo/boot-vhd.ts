import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT, refuse } from '../errors.ts';
import { harmless } from '../output/style.ts';
import { loadOf, type Patience, Waiting } from './patience.ts';
import { findCommand } from './prerequisites.ts';

export type Boot = {
  /** Resolves with the first line of the serial console that starts with `marker`. */
  waitFor(marker: string, patience: Patience): Promise<string>;
  stop(): Promise<void>;
};

const FIRMWARE = [
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
] as const;

/** A comma ends an option of QEMU's; a doubled one is a comma. */
const escaped = (file: string): string => file.replaceAll(',', ',,');

/**
 * Boots a VHD in a machine that has nothing to do with Kiln: plain QEMU, UEFI firmware, a serial console. The file is
 * not changed. Emulated without KVM on purpose: KVM can be present and still not boot a guest.
 */
export function bootVhd(vhd: string, serialLog: string): Boot {
  const qemu = findCommand('qemu-system-x86_64');
  const firmware = FIRMWARE.find(([code, vars]) => existsSync(code) && existsSync(vars));
  if (qemu === undefined || firmware === undefined)
    throw refuse('qemu-system-x86_64 or its UEFI firmware is missing.', 'Install qemu-system-x86 and ovmf.');
  const child = spawn(qemu, qemuArguments(vhd, serialLog, firmware), { stdio: ['ignore', 'ignore', 'pipe'] });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  return {
    waitFor: (marker, patience) => waitFor({ child, serialLog, errors }, marker, patience),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function qemuArguments(vhd: string, serialLog: string, [code, vars]: readonly [string, string]): string[] {
  const options = [
    '-nodefaults -no-user-config -display none -no-reboot',
    '-machine q35 -accel tcg,thread=multi -cpu Nehalem,vendor=AuthenticAMD -smp 2 -m 768',
    '-device virtio-blk-pci,drive=disk,bootindex=1 -device virtio-rng-pci',
    // A network card, but no way out: the proof must come from the image alone.
    '-netdev user,id=net,restrict=on -device virtio-net-pci,netdev=net',
    '-serial chardev:console',
  ];
  const files = [
    ['-drive', `if=pflash,format=raw,readonly=on,file=${code}`],
    ['-drive', `if=pflash,format=raw,snapshot=on,file=${vars}`],
    ['-drive', `if=none,id=disk,format=vpc,snapshot=on,cache=unsafe,file=${escaped(vhd)}`],
    ['-chardev', `file,id=console,path=${escaped(serialLog)}`],
  ];
  return [...options.flatMap((line) => line.split(' ')), ...files.flat()];
}

type Machine = {
  readonly child: ChildProcess;
  readonly serialLog: string;
  readonly errors: readonly string[];
};

async function waitFor(
  { child, serialLog, errors }: Machine,
  marker: string,
  patience: Patience,
): Promise<string> {
  const waiting = new Waiting(patience, () => loadOf(child.pid ?? 0));
  for (;;) {
    const console = await readFile(serialLog, 'utf8').catch(() => '');
    const lines = console.split(/\r?\n/).map(harmless);
    const hit = lines.slice(0, -1).find((line) => line.includes(marker));
    if (hit !== undefined) return hit.slice(hit.indexOf(marker)).trim();
    const isOver = child.exitCode !== null || child.signalCode !== null;
    const late = waiting.reason();
    if (isOver || late !== undefined)
      throw new CliError({
        exitCode: EXIT.failed,
        message: isOver
          ? `QEMU ended: ${errors.join('').trim() || 'without a word'}`
          : `The image did not print "${marker}" ${late}.`,
        remedy:
          'The end of the console says how far the boot came. The VHD is whole and stays; boot it yourself to see more.',
        details: ['The end of its console:', ...lines.slice(-20).map((line) => `| ${line}`)],
      });
    await sleep(200);
  }
}

/** Removes the console of an earlier boot: its marker would prove nothing. */
export const forgetConsole = (serialLog: string): Promise<void> => rm(serialLog, { force: true });
