import { type Planned } from './build.ts';
import { begin, call, type Piece, unlessCanceled } from '../durable.convert.ts';
import { provisionMachine } from './provision.ts';
import { doneOrCancel } from '../waits.ts';
import { LIMITS } from '../limits.ts';

/**
 * Turns an ISO into an image that the build VM can be made of: a helper VM installs its system onto an empty disk. The
 * helper is gone before the image is made, so that nothing holds the disk, and nothing of it is in the image.
 */
export function* installIso(build: Planned): Piece<void> {
  const { df, plan } = build;
  yield* doneOrCancel(build, 'system-disk', LIMITS.systemDisk, () => call(df, 'start-system-disk', { plan }));
  yield* provisionMachine(build, { machine: 'install' });
  yield* unlessCanceled(df, begin(df, 'install-system', { plan }, 'install-system'));
  const discard = () => call(df, 'discard-build-machine', { plan, machine: 'install' });
  yield* doneOrCancel(build, 'install-removal', LIMITS.machineRemoval, discard);
  yield* doneOrCancel(build, 'system-image', LIMITS.systemImage, () =>
    call(df, 'start-system-image', { plan }),
  );
}
