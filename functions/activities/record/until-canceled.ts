import type { RunContext } from '../../../shared/model/plan.ts';
import type { App } from '../../app.ts';
import { refuseIfCanceled } from '../activity.ts';
import type { Activities, ActivityName } from '../../contract.ts';

/** Activities that know their run by its plan; the watcher of a region names it. */
type OnPlan = {
  [Name in ActivityName]: Activities[Name][0] extends { readonly plan: { readonly run: RunContext } }
    ? Name
    : never;
}[ActivityName];

/**
 * What makes or changes something for a run asks the store first: the event of a cancel may come late, or to an instance
 * that cannot hear it, but its mark is there before anybody is told. Whoever adds an activity decides it here. What looks
 * asks by itself where it may wait long; what takes away, or ends what must not be left half done, goes on.
 */
const AFTER_A_CANCEL: Readonly<Record<OnPlan | 'check-region', 'refused' | 'carried out'>> = {
  'create-staging-group': 'refused',
  'start-security-group': 'refused',
  'start-network': 'refused',
  'start-build-machine': 'refused',
  'start-checkpoint-disk': 'refused',
  'start-checkpoint': 'refused',
  'keep-checkpoint': 'carried out',
  'start-system-disk': 'refused',
  'start-system-image': 'refused',
  'start-command': 'refused',
  'start-restart': 'refused',
  'start-deprovision': 'refused',
  'start-deallocate': 'refused',
  'generalize-machine': 'refused',
  'start-temporary-image': 'refused',
  'save-distribution': 'refused',
  'start-managed-image-removal': 'refused',
  'start-snapshot': 'refused',
  'start-snapshot-copy': 'refused',
  'start-copied-image': 'refused',
  'start-source-disk': 'refused',
  'start-kept-source': 'refused',
  'pick-version': 'refused',
  'write-version': 'refused',
  'look-at-version': 'refused',
  'start-disk-access': 'refused',
  'start-vhd-copy': 'refused',
  'check-region': 'refused',
  'check-snapshot-copy': 'refused',
  // The image that was there before may be gone by then; it asks for itself when not.
  'start-managed-image': 'carried out',
  'check-agent': 'carried out',
  'check-command': 'carried out',
  'check-power-off': 'carried out',
  'check-vhd-copy': 'carried out',
  'discard-vhd-copy': 'carried out',
  'check-group-gone': 'carried out',
  'describe-captured': 'carried out',
  'keep-inventory': 'carried out',
  'judge-vulnerabilities': 'refused',
  'judge-proofs': 'carried out',
  'discard-build-machine': 'carried out',
  'save-serial-log': 'carried out',
  'finish-command': 'carried out',
  'start-kept-source-removal': 'carried out',
  'salvage-version': 'carried out',
  'start-version-removal': 'carried out',
  'abandon-version': 'carried out',
  'revoke-disk-access': 'carried out',
  'keep-machines': 'carried out',
  'start-cleanup': 'carried out',
};

const REFUSED: ReadonlySet<string> = new Set(
  Object.entries(AFTER_A_CANCEL).flatMap(([name, then]) => (then === 'refused' ? [name] : [])),
);

/** Throws RunCanceled when the activity may not begin any more. */
export async function refuseAfterCancel(
  app: Pick<App, 'store'>,
  name: string,
  run: RunContext | undefined,
): Promise<void> {
  if (run !== undefined && REFUSED.has(name)) await refuseIfCanceled(app, run);
}
