import path from 'node:path';
import type { LocalImage, Machine, MachineRoom, MachineSpec, Marketplace } from '../machine.ts';
import { SimulatedDisks } from './disks.ts';
import type { ScriptedOutcomes } from './script.ts';
import { Scripts } from './scripts.ts';
import { SimulatedMachine, type SimulatedTimes } from './machine.ts';

export type SimulatedOptions = {
  readonly dataDir: string;
  readonly times: SimulatedTimes;
  /** What the marketplace has now. */
  readonly images: () => readonly LocalImage[];
  /** How scripts go, in place of what their own directives say. */
  readonly outcomes?: readonly ScriptedOutcomes[];
};

/** What Azure's own Debian and Ubuntu images have. */
const LINUX_GIB = 30;
const WINDOWS_GIB = 127;

/** Machines that do not exist, with the states and disks they would have. Needs nothing of the host. */
export function createSimulatedRoom(options: SimulatedOptions): {
  room: MachineRoom;
  marketplace: Marketplace;
} {
  const disks = new SimulatedDisks(path.join(options.dataDir, 'simulated-disks'));
  const machines = new Set<Machine>();
  const scripts = new Scripts(path.join(options.dataDir, 'simulated-scripts'), options.outcomes ?? []);
  const room: MachineRoom = {
    kind: 'simulated',
    description: 'simulated machines (no guest runs)',
    disks,
    create(spec: MachineSpec) {
      const machine = new SimulatedMachine(spec, disks, options.times, scripts);
      machines.add(machine);
      return Promise.resolve(machine);
    },
    async close() {
      await Promise.all([...machines].map((machine) => machine.dispose()));
    },
  };
  return { room, marketplace: createMarketplace(disks, options.images) };
}

function createMarketplace(disks: SimulatedDisks, images: () => readonly LocalImage[]): Marketplace {
  return {
    list: () => Promise.resolve([...images()]),
    disk: ({ publisher, offer, sku, version, osType }) =>
      disks.platformImage(
        `${publisher}:${offer}:${sku}:${version}`,
        osType === 'Windows' ? WINDOWS_GIB : LINUX_GIB,
      ),
  };
}
