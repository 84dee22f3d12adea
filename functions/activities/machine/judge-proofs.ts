import { Buffer } from 'node:buffer';
import { expectedOf } from '../../../shared/guest/proofs/expected.ts';
import { type ProofResult, resultsIn } from '../../../shared/guest/proofs/result.ts';
import type { TimelineEntry } from '../../../shared/model/documents/documents.ts';
import type { Proof, ProofKind } from '../../../shared/model/documents/proofs.ts';
import type { Check } from '../../../shared/model/proof-wishes.ts';
import { timestamp } from '../../../shared/model/time.ts';
import { type Activity, templateOf } from '../activity.ts';

/**
 * Reads the answers of the machine, keeps them with the run, and writes the lines of the timeline. Twice is once. Smoke boots
 * ask the same image again: what they found is in the timeline, and kept where nobody has asked before.
 */
export const judgeProofs: Activity<'judge-proofs'> = async (app, { plan, what, smoke }) => {
  const { ref, runId } = plan.run;
  const place: Place = smoke
    ? { phase: 'distribute', ...smoke }
    : { phase: 'validate', step: what, log: what };
  const output = await app.store.logs.read(ref, runId, `${place.log}.out`, 0);
  const results = resultsIn(Buffer.from(output).toString('utf8'));
  const template = await templateOf(app, plan.run);
  const proofs =
    what === 'checks' ? checked(template.properties.validate?.checks ?? [], results) : results.map(ofHygiene);
  const at = timestamp(app.now());
  if (smoke === undefined || (await app.store.proofs.get(ref, runId, what)) === undefined)
    await app.store.proofs.put(ref, runId, what, { schema: 1, at, proofs });
  await app.store.timeline.append(ref, runId, entriesOf(what, place, proofs, at));
  return { said: inWords(what, proofs), failed: proofs.filter(({ result }) => result === 'failed').length };
};

type Place = { readonly phase: 'validate' | 'distribute'; readonly step: string; readonly log: string };

/** Each declared check has an answer: what the machine did not answer has failed. */
function checked(checks: readonly Check[], results: readonly ProofResult[]): Proof[] {
  return checks.map((check, index) => {
    const { result = 'failed', found = 'the machine did not answer' } =
      results.find(({ id }) => id === String(index)) ?? {};
    return { name: check.name, result, expected: expectedOf(check), found };
  });
}

function ofHygiene({ id, result, found }: ProofResult): Proof {
  return { name: id, result, expected: 'nothing of the build', found };
}

/** Of declared checks each; of hygiene what was found: all of its answers are with the run. */
function entriesOf(what: ProofKind, place: Place, proofs: readonly Proof[], at: string): TimelineEntry[] {
  const { phase, step, log } = place;
  const base = { at, phase, log };
  return proofs.flatMap(({ name, result, expected, found }, index): TimelineEntry[] => {
    const id = `${phase}/${step}/${index + 1}`;
    if (what === 'checks') {
      const event = result === 'passed' ? 'succeeded' : result;
      return [{ ...base, id, step: name, event, message: `expected: ${expected}; found: ${found}` }];
    }
    if (result !== 'failed') return [];
    return [{ ...base, id, step, event: 'note', message: `${name}: ${found}` }];
  });
}

function inWords(what: ProofKind, proofs: readonly Proof[]): string {
  const count = (wanted: Proof['result']) => proofs.filter(({ result }) => result === wanted).length;
  if (proofs.length === 0) return 'The machine did not answer.';
  const failed = proofs.filter(({ result }) => result === 'failed').map(({ name }) => name);
  const named = failed.length === 0 ? '' : `: ${failed.join(', ')}`;
  const words = what === 'checks' ? 'checks failed' : 'findings';
  return `${failed.length} ${words}${named}; ${count('passed')} passed, ${count('skipped')} skipped.`;
}
