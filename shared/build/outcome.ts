import type { Failure, Result } from '../errors/failure.ts';
import type { RunOutput, RunState } from '../store/documents.ts';

export type Outcome = { readonly state: RunState; readonly message: string; readonly failure?: Failure };

/**
 * The state a run ends in. Images that some targets received are kept and reported as `PartiallySucceeded`; a run
 * that no target received has failed, whatever the build itself did.
 */
export function outcomeOf(result: Result<unknown> | Result<readonly RunOutput[]>): Outcome {
  if (!result.ok) {
    const canceled = result.error.code === 'RunCanceled';
    return { state: canceled ? 'Canceled' : 'Failed', message: result.error.message, failure: result.error };
  }
  return mergeOutputs(isOutputs(result.value) ? result.value : []);
}

function mergeOutputs(outputs: readonly RunOutput[]): Outcome {
  const failed = outputs.filter((output) => output.state === 'Failed');
  const partial = outputs.filter((output) => output.state === 'Succeeded' && placesFailed(output).length > 0);
  if (failed.length === 0 && partial.length === 0) return { state: 'Succeeded', message: '' };
  const details = [...failed, ...partial].map(toDetail);
  const reached = outputs.length - failed.length;
  const message = `${reached} of ${outputs.length} targets received the image. ${details.map((detail) => detail.message).join(' ')}`;
  const failure: Failure = { code: 'DistributionFailed', message, details };
  return { state: reached === 0 ? 'Failed' : 'PartiallySucceeded', message, failure };
}

function toDetail(output: RunOutput): Failure {
  const reason = output.error?.message ?? placesOf(output);
  const code = output.error?.code ?? 'RegionFailed';
  return { code, target: output.name, message: `${output.type} "${output.name}": ${reason}` };
}

function placesOf(output: RunOutput): string {
  const unbootable = (output.regions ?? []).filter(({ state }) => state === 'BootFailed');
  const names = unbootable.map(({ region }) => region);
  const missing = placesFailed(output).filter((place) => !names.includes(place));
  const what =
    output.type === 'VHD' ? 'These blobs did not get the VHD' : 'These regions did not get the version';
  return [
    ...(missing.length > 0 ? [`${what}: ${missing.join(', ')}.`] : []),
    ...unbootable.map(({ error, region }) => error?.message ?? `No VM of the version booted in ${region}.`),
  ].join(' ');
}

/** Regions, or blobs of a VHD. */
function placesFailed({ regions = [], copies = [] }: RunOutput): readonly string[] {
  return [
    ...regions.filter(({ state }) => state !== 'Completed').map(({ region }) => region),
    ...copies.filter(({ state }) => state !== 'Completed').map(({ uri }) => uri),
  ];
}

function isOutputs(value: unknown): value is readonly RunOutput[] {
  return Array.isArray(value);
}
