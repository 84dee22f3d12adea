import { createSimulatedRoom } from '../machines/simulated/index.ts';
import type { MachineRoom, Marketplace } from '../machines/machine.ts';
import type { Profile } from './profile/profile.ts';

export type MachineKind = 'qemu' | 'simulated' | 'auto';

export type RoomOptions = { readonly dataDir: string; readonly profile: Profile };

/** The machines behind the cloud's VMs and the images they can boot. Throws when the wanted kind is not to be had. */
export function openMachineRoom(
  kind: MachineKind,
  { dataDir, profile }: RoomOptions,
): Promise<{ room: MachineRoom; marketplace: Marketplace }> {
  if (kind !== 'simulated')
    return Promise.reject(
      new Error(`Machines of kind '${kind}' are not part of this build. Start with --machines simulated.`),
    );
  const { images, ...times } = profile.simulated;
  return Promise.resolve(createSimulatedRoom({ dataDir, times, images }));
}
