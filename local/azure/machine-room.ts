import path from 'node:path';
import { cachedVersions } from '../images/base-image.ts';
import { asSeenFromGuest, readHostApt } from '../machines/host-apt.ts';
import { createMarketplace, defaultCacheDir } from '../images/marketplace.ts';
import { probePrerequisites } from '../images/prerequisites.ts';
import type { MachineRoom, Marketplace } from '../machines/machine.ts';
import { createQemuRoom } from '../machines/qemu/room.ts';
import { createSimulatedRoom } from '../machines/simulated/index.ts';
import type { Profile } from './profile/profile.ts';

export type MachineKind = 'qemu' | 'simulated' | 'auto';

export type RoomOptions = {
  readonly dataDir: string;
  readonly profile: Profile;
  readonly log: (line: string) => void;
};

type Room = { readonly room: MachineRoom; readonly marketplace: Marketplace };

/**
 * The machines behind the cloud's VMs and the images they can boot. `auto` takes real machines where this host can run
 * them, and says why where it cannot. Throws when the wanted kind is not to be had.
 */
export async function openMachineRoom(kind: MachineKind, options: RoomOptions): Promise<Room> {
  if (kind === 'simulated') return simulated(options);
  const reason = await whyNotReal();
  if (reason === undefined) return real(options);
  if (kind === 'qemu') throw new Error(`There are no real machines here: ${reason}`);
  options.log(`Machines are SIMULATED: ${reason}`);
  return simulated(options, reason);
}

function simulated({ dataDir, profile, log }: RoomOptions, reason?: string): Room {
  const ignored = process.env['KILN_IMAGES'] ?? '';
  if (ignored !== '')
    log(
      `KILN_IMAGES (${ignored}) is not read: it names images for real machines; simulated.images of the profile are used.`,
    );
  const { images: _changing, outcomes, ...times } = profile.simulated;
  const current = () => profile.simulated.images;
  const { room, marketplace } = createSimulatedRoom({ dataDir, times, images: current, outcomes });
  if (reason === undefined) return { room, marketplace };
  return { room: { ...room, description: `${room.description}; ${reason}` }, marketplace };
}

async function real({ dataDir, log }: RoomOptions): Promise<Room> {
  const cacheDir = defaultCacheDir();
  const { options: aptOptions } = await readHostApt();
  const room = await createQemuRoom({
    dataDir: path.join(dataDir, 'qemu'),
    cacheDir,
    log,
    aptOptions: aptOptions.map(asSeenFromGuest),
  });
  const configFile = process.env['KILN_IMAGES'] ?? '';
  const config = configFile === '' ? {} : { configFile };
  return { room, marketplace: createMarketplace({ cacheDir, disks: room.disks, log, ...config }) };
}

/** A cached base image is as good as the tools to make one. */
async function whyNotReal(): Promise<string | undefined> {
  const machines = await probePrerequisites('machines');
  const cached = await cachedVersions({
    folder: defaultCacheDir(),
    log: () => undefined,
    now: () => new Date(),
  });
  const { missing, remedy } = cached.length > 0 ? machines : await probePrerequisites('images');
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found. What brings it: ${remedy}`;
}
