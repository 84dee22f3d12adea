// Started by parent-death.test.ts and killed by it: opens a room and leaves a machine running.
import { createQemuRoom } from '../../../../../local/machines/qemu/room.ts';

const [dataDir = ''] = process.argv.slice(2);
const room = await createQemuRoom({ dataDir, cacheDir: dataDir, log: () => {}, aptOptions: [] });
const disk = await room.disks.blank(1);
const spec = { id: 'lonely', generation: 'V1' as const, disk, dataDisks: [], memoryMiB: 64, cpus: 1 };
const machine = await room.create(spec);
await machine.start();
