import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuestHardware, qemuArguments } from '../../../../local/machines/qemu/arguments.ts';

const HARDWARE: GuestHardware = {
  accelerator: 'tcg',
  generation: 'V1',
  memoryMiB: 1024,
  cpus: 2,
  disk: '/data/os.qcow2',
  dataDisks: [],
  sockets: '/tmp/s',
  variables: '/data/v.fd',
};

const text = (hardware: Partial<GuestHardware>) => qemuArguments({ ...HARDWARE, ...hardware }).join(' ');

test('generation 1 boots with the built-in BIOS, generation 2 with UEFI and its own variables', () => {
  assert.doesNotMatch(text({}), /pflash/);
  assert.match(
    text({ generation: 'V2' }),
    /pflash,format=raw,readonly=on.*pflash,format=raw,file=\/data\/v\.fd/,
  );
});

test('KVM passes the CPU of the host on, emulation uses one that is quick to translate', () => {
  assert.match(text({ accelerator: 'kvm' }), /-accel kvm -cpu host/);
  assert.match(text({}), /-accel tcg,thread=multi\S* -cpu Nehalem/);
});

test('a comma in a path stays part of the path', () => {
  assert.match(text({ disk: '/a,b/os.qcow2' }), /file=\/a,,b\/os\.qcow2,id=os/);
});

test('a data disk has its LUN on one SCSI bus, as on Azure', () => {
  const args = text({ dataDisks: [{ lun: 7, file: '/data/d.qcow2' }] });
  assert.match(args, /-device virtio-scsi-pci,id=scsi0 /);
  assert.match(args, /scsi-hd,bus=scsi0\.0,scsi-id=0,lun=7,drive=data7/);
  assert.doesNotMatch(text({}), /virtio-scsi/);
});

test('a snapshot writes its memory file, a clone only reads it and waits for the state', () => {
  const write = text({ memoryFile: { path: '/w/memory', use: 'write' } });
  const copy = text({ memoryFile: { path: '/w/memory', use: 'copy' } });
  assert.match(write, /memory-backend=ram.*mem-path=\/w\/memory,share=on/);
  assert.doesNotMatch(write, /-incoming/);
  assert.match(copy, /mem-path=\/w\/memory,share=off.*-incoming defer/);
});

test('nothing listens on the network', () => {
  assert.doesNotMatch(text({ generation: 'V2' }), /hostfwd|tcp:|vnc|server=on/);
});
