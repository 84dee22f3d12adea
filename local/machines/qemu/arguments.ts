import type { Generation } from '../machine.ts';
import type { Accelerator } from './emulator.ts';
import { RELAY_PORT } from './relay.ts';

/** One virtual machine as QEMU sees it: files and sockets, nothing of Kiln's catalogue. */
export type GuestHardware = {
  readonly accelerator: Accelerator;
  readonly generation: Generation;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly disk: string;
  readonly dataDisks: readonly { readonly lun: number; readonly file: string }[];
  /** Folder of the sockets. */
  readonly sockets: string;
  /** UEFI's writable variables; needed by V2. */
  readonly variables: string;
  /** Guest memory in a file, for warm starts: `write` makes the snapshot, `copy` starts from it. */
  readonly memoryFile?: { readonly path: string; readonly use: 'write' | 'copy' };
};

export const UEFI_CODE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
export const UEFI_VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';

/** Sockets in the folder of a machine: Kiln listens, QEMU connects. */
export const SOCKETS = ['qmp', 'agent', 'run', 'net-out', 'net-in'] as const;
type SocketName = (typeof SOCKETS)[number];

/** Id of the agent's port in QMP's VSERPORT_CHANGE events. */
export const AGENT_PORT_ID = 'agent0';

/** Emulated: an old, small CPU is quick to translate, and as an AMD it skips the kernel's slow Intel-only paths. */
const CPU = { tcg: 'Nehalem,vendor=AuthenticAMD', kvm: 'host' } as const;
const ACCELERATOR = { tcg: 'tcg,thread=multi,tb-size=256', kvm: 'kvm' } as const;

/** In QEMU's option lists a comma separates, and two commas are one. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}

export function qemuArguments(hardware: GuestHardware): string[] {
  const { accelerator, memoryMiB, cpus } = hardware;
  const machine = 'q35,usb=off,vmport=off,smbus=off,sata=off';
  return [
    ['-nodefaults', '-no-user-config', '-display', 'none'],
    ['-machine', hardware.memoryFile === undefined ? machine : `${machine},memory-backend=ram`],
    ['-accel', ACCELERATOR[accelerator], '-cpu', CPU[accelerator]],
    ['-m', String(memoryMiB), '-smp', String(cpus)],
    memoryArguments(hardware),
    firmwareArguments(hardware),
    // The console comes out of QEMU's standard output, so that nothing grows on disk.
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ['-chardev', socket('qmp', hardware), '-mon', 'chardev=qmp,mode=control'],
    ['-device', 'virtio-serial-pci,id=serial0'],
    ['-chardev', socket('agent', hardware)],
    ['-device', `virtserialport,id=${AGENT_PORT_ID},chardev=agent,name=org.qemu.guest_agent.0`],
    ['-chardev', socket('run', hardware), '-device', `virtserialport,id=run0,chardev=run,name=${RELAY_PORT}`],
    bootDiskArguments(hardware),
    dataDiskArguments(hardware),
    networkArguments(hardware),
    ['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
    hardware.memoryFile?.use === 'copy' ? ['-incoming', 'defer'] : [],
  ].flat();
}

/**
 * Outbound only, behind the host's address, like a build VM without a public IP. What the guest sends goes through two
 * sockets on its way, where guest-firewall.ts decides what may pass: QEMU's own `restrict` leaves nothing. What a guest
 * sends meets the filters from the last to the first, so that the way back in must be named before the way out: the other
 * way around, each frame that may pass goes out once more, for ever.
 * https://gitlab.com/qemu-project/qemu/-/blob/v10.1.0/net/net.c (filter_receive_iov)
 */
function networkArguments(hardware: GuestHardware): string[] {
  return [
    ['-netdev', 'user,id=net0,ipv6=off', '-device', 'virtio-net-pci,netdev=net0,romfile='],
    ['-chardev', socket('net-out', hardware), '-chardev', socket('net-in', hardware)],
    ['-object', 'filter-redirector,id=allowed,netdev=net0,queue=rx,indev=net-in'],
    ['-object', 'filter-redirector,id=leaving,netdev=net0,queue=rx,outdev=net-out'],
  ].flat();
}

function memoryArguments({ memoryFile, memoryMiB }: GuestHardware): string[] {
  if (memoryFile === undefined) return [];
  const share = memoryFile.use === 'write' ? 'on' : 'off';
  const backend = `memory-backend-file,id=ram,size=${memoryMiB}M,mem-path=${escaped(memoryFile.path)},share=${share}`;
  return ['-object', backend];
}

function firmwareArguments({ generation, variables }: GuestHardware): string[] {
  if (generation === 'V1') return [];
  return [
    ['-drive', `if=pflash,format=raw,readonly=on,file=${UEFI_CODE}`],
    ['-drive', `if=pflash,format=raw,file=${escaped(variables)}`],
  ].flat();
}

function socket(name: SocketName, { sockets }: GuestHardware): string {
  return `socket,id=${name},path=${escaped(`${sockets}/${name}`)}`;
}

/** Unsafe: a build that the host's crash interrupts starts again anyhow, and flushes cost a third of its time. */
const DRIVE = 'format=qcow2,if=none,cache=unsafe,discard=unmap,detect-zeroes=unmap';

function bootDiskArguments({ disk }: GuestHardware): string[] {
  const drive = `file=${escaped(disk)},id=os,${DRIVE}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=os,bootindex=0,serial=os'];
}

/** SCSI as on Azure, so that a LUN is a LUN. */
function dataDiskArguments({ dataDisks }: GuestHardware): string[] {
  if (dataDisks.length === 0) return [];
  return [
    ['-device', 'virtio-scsi-pci,id=scsi0'],
    dataDisks.flatMap(({ lun, file }) => [
      '-drive',
      `file=${escaped(file)},id=data${lun},${DRIVE}`,
      '-device',
      `scsi-hd,bus=scsi0.0,scsi-id=0,lun=${lun},drive=data${lun},serial=data${lun}`,
    ]),
  ].flat();
}
