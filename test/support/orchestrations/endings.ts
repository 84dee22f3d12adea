import type { Failure, Result } from '../../../shared/errors/failure.ts';
import type { RunOutput } from '../../../shared/model/documents/documents.ts';
import type { SubOrchestrators } from './types.ts';
import type { End } from './sweep.ts';
import { atOnce } from './sweep.ts';
import type { World } from './world.ts';

/** How a run ended, in words: its state and cause, what became of the rest, and what is left that should not be. */
export function endingOfRun({ world, played }: End): string {
  const state = world.outcomes.map(({ state, failure }) => `${state}${causeOf(failure)}`).join(' and ');
  const cleanup = world.cleanups.map(({ cleanup }) => cleanup).join(' and ');
  const odd = played.status === 'Completed' ? '' : ` (${played.status}: ${played.output})`;
  return `${state || 'no outcome'}; ${cleanup || 'no word of the clean-up'}${leftBy(world)}${odd}`;
}

/** How a sub-orchestration ended, which answers with a Result, and what it left outside of the staging group. */
export function endingOfPart({ world, played }: End): string {
  const { output, status } = played;
  if (status !== 'Completed') return `${status}: ${output}`;
  const result: Result<unknown> = output;
  const how = result.ok ? `ok${stateOf(result.value)}` : `not ok${causeOf(result.error)}`;
  const left = world.left.filter((name) => name !== 'slot' && !world.isInGroup(name));
  // A version that the output names is there for a retry to go on with.
  const named = result.ok && left.some((name) => name.startsWith('version'));
  return `${how}${inWords(named ? left.filter((name) => !/^(version|source)/.test(name)) : left)}`;
}

function stateOf(value: unknown): string {
  const { state, error, regions } = (value ?? {}) as Partial<RunOutput>;
  const places = regions?.map((one) => `${one.region} ${one.state}`).join(', ');
  return `${state ? `, ${state}` : ''}${causeOf(error)}${places ? `, ${places}` : ''}`;
}

function causeOf(failure: Failure | undefined): string {
  if (failure === undefined) return '';
  const causes = (failure.details ?? []).map((one) => one.details?.[0]?.code ?? one.code);
  return `, ${failure.code}${causes.length > 0 ? ` for ${[...new Set(causes)].join(' and ')}` : ''}`;
}

/** The slot of a run that is over, and everything but complete images. */
function leftBy(world: World): string {
  return inWords(world.left.filter((name) => name !== 'slot' || world.outcomes.length > 0));
}

function inWords(left: readonly string[]): string {
  return left.length === 0 ? '' : `; left: ${left.toSorted().join(', ')}`;
}

/** Steps and distribution that go well at once. */
export function goingWell(world: World): SubOrchestrators {
  return {
    ...atOnce(world),
    'run-step': () => ({ ok: true, value: { skipped: false } }),
    'run-batch': () => ({ ok: true, value: { ended: [] } }),
    'save-checkpoint': () => ({ ok: true, value: null }),
    'install-system': () => ({ ok: true, value: null }),
    distribute: ({ plan }) => ({
      ok: true,
      value: plan.targets.map(({ runOutputName: name, type }) => ({ name, type, state: 'Succeeded' })),
    }),
  };
}
