import type { FaultClass } from './classes.ts';
import type { Faulty } from './faulty.ts';
import type { Seen } from './proxy.ts';

/** What is wrong with the end of a run; empty when it is as it should be. */
export async function judge(
  faulty: Faulty,
  run: any,
  { expected, causes }: FaultClass,
  met: Seen,
): Promise<string[]> {
  if (run.hung === true) return [`hung as ${run.state} ${run.subState ?? ''}`];
  const wrong: string[] = [];
  // What comes after the outcome does not change it.
  const afterwards = isCleanUp(met);
  const states = STATES[expected];
  if (!states.includes(run.state) && !(afterwards && run.state === 'Succeeded'))
    wrong.push(`${run.state}: ${run.message}`);
  if (run.state === 'Succeeded') wrong.push(...(await unlessWhole(faulty, run)));
  else wrong.push(...unlessTold(run, causes));
  if (!mayStay(run, expected))
    wrong.push(...(await faulty.leftovers(run)).map((id) => `left: ${id.split('/').slice(-3).join('/')}`));
  const ends = await faulty.endsInTime(run.id);
  if (ends.length !== 1) wrong.push(`${ends.length} end events`);
  return wrong;
}

const STATES = {
  succeeds: ['Succeeded'],
  'fails clean': ['Succeeded', 'Failed', 'PartiallySucceeded'],
  'is canceled': ['Canceled'],
};

function isCleanUp({ method, path }: Seen): boolean {
  return method === 'DELETE' ? /\/resourcegroups\/[^/]+$/i.test(path) : path.endsWith('endGetAccess');
}

/** What was built stays for a retry when a target failed; clean-up that Azure refused is the janitor's. */
function mayStay(run: any, expected: FaultClass['expected']): boolean {
  return expected === 'fails clean' && ['kept', 'deferred'].includes(run.cleanup);
}

/** Exactly one image, one version with both regions that latest sees, and one VHD. */
async function unlessWhole(faulty: Faulty, run: any): Promise<string[]> {
  const made = (await faulty.artefacts()).filter(({ tags }) => tags?.['kiln-run'] === run.id);
  const versions = made.filter(({ id }) => /\/versions\//.test(id));
  const images = made.filter(({ id }) => /Compute\/images\//i.test(id));
  const vhds = (run.outputs ?? []).filter(({ type }: any) => type === 'VHD');
  const counts = [images, versions, vhds].map(({ length }) => length).join(' ');
  if (counts !== '1 1 1') return [`images, versions, VHDs: ${counts}`];
  const { targetRegions, excludeFromLatest } = versions[0]?.properties.publishingProfile ?? {};
  return targetRegions?.length === 2 && excludeFromLatest === false ? [] : ['the version is not whole'];
}

function unlessTold(run: any, causes: readonly string[] | undefined): string[] {
  if (causes === undefined) return [];
  const codes = codesOf(run.error);
  return codes.some((code) => causes.includes(code)) ? [] : [`the cause is not told: ${codes.join(', ')}`];
}

function codesOf(error: any): string[] {
  if (error === undefined) return [];
  return [error.code, ...(error.details ?? []).flatMap(codesOf)];
}
