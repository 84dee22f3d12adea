import type { Failure, Result } from '../errors/failure.ts';
import type { RunOutput, RunState } from '../model/documents/documents.ts';

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
  if (details.some(isCanceled)) {
    const told = `The run was canceled while its image was distributed. ${message}`;
    return { state: 'Canceled', message: told, failure: { code: 'RunCanceled', message: told, details } };
  }
  const failure: Failure = { code: 'DistributionFailed', message, details };
  return { state: reached === 0 ? 'Failed' : 'PartiallySucceeded', message, failure };
}

function toDetail(output: RunOutput): Failure {
  const reason = output.error?.message ?? placesOf(output);
  const code = output.error?.code ?? 'RegionFailed';
  const causes = output.error?.details ?? causesOf(output);
  const message = `${output.type} "${output.name}": ${reason}`;
  return { code, target: output.name, message, ...(causes.length > 0 && { details: causes }) };
}

/** Why each of its places went wrong, in the code of its own: clients key on codes. */
function causesOf({ regions = [], copies = [] }: RunOutput): readonly Failure[] {
  return [
    ...regions.flatMap(({ region, state, error }) =>
      error === undefined || state === 'Skipped' ? [] : [{ ...error, target: error.target ?? region }],
    ),
    ...copies.flatMap(({ error }) => error ?? []),
  ];
}

/** What a target, or one place of it, was kept from by a cancel. */
function isCanceled({ code, details = [] }: Failure): boolean {
  return code === 'RunCanceled' || details.some(isCanceled);
}

/** The same end once a cancel came before it was stored: whoever was told 202 is told that it was carried out. */
export function canceledOutcome(outcome: Outcome): Outcome {
  if (outcome.state === 'Canceled') return outcome;
  const so =
    outcome.state === 'Succeeded' ? 'It had distributed everything by then.' : `By then: ${outcome.message}`;
  const message = `The run was canceled. ${so}`;
  const details = outcome.failure === undefined ? {} : { details: [outcome.failure] };
  return { state: 'Canceled', message, failure: { code: 'RunCanceled', message, ...details } };
}

function placesOf(output: RunOutput): string {
  const unbootable = (output.regions ?? []).filter(({ state }) => state === 'BootFailed');
  const names = unbootable.map(({ region }) => region);
  const missing = placesFailed(output).filter((place) => !names.includes(place));
  const what =
    output.copies === undefined ? 'These regions did not get the version' : 'These blobs did not get the VHD';
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
