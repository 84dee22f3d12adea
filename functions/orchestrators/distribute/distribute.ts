import type { OrchestrationContext, Task } from 'durable-functions';
import type { TargetPlan } from '../../../shared/model/plan.ts';
import { KilnError, type Result } from '../../../shared/errors/failure.ts';
import type { RunOutput, TimelineEntry } from '../../../shared/model/documents/documents.ts';
import type { Orchestrations } from '../../contract.ts';
import { stepEntry } from '../build/build.ts';
import { all, asResult, begin, call, type Durable, inputOf, type Piece } from '../durable.convert.ts';

type DistributeInput = Orchestrations['distribute'][0];

/** Every target at once, each in an instance of its own: a slow or broken target costs only itself. */
export function* distribute(context: OrchestrationContext): Piece<Result<readonly RunOutput[]>> {
  return yield* asResult(toAllTargets(context.df));
}

function* toAllTargets(df: Durable): Piece<readonly RunOutput[]> {
  const input = inputOf<DistributeInput>(df);
  const { plan, captured, attempt } = input;
  const { targets, run } = plan;
  if (attempt === 0) yield* call(df, 'save-distribution', { plan, captured });
  yield* call(df, 'record-progress', {
    run,
    entries: targets.map((target) => stepEntry(df, 'distribute', target.runOutputName, { event: 'started' })),
  });
  const results = yield* all<RunOutput>(
    df,
    targets.map((target) => publish(df, input, target)),
  );
  const outputs = targets.flatMap((target, index) => outputOf(target, results[index]));
  // A retry reads from the outputs what is left to do.
  for (const output of outputs.filter(({ state }) => state === 'Failed'))
    yield* call(df, 'record-output', { run, output });
  yield* call(df, 'record-progress', { run, entries: outputs.map((output) => ended(df, output)) });
  return outputs;
}

function publish(df: Durable, input: DistributeInput, target: TargetPlan): Task {
  const { plan, captured, attempt } = input;
  const id = `target-${target.index}`;
  switch (target.type) {
    case 'ManagedImage':
      return begin(df, 'publish-managed-image', { plan, target, captured, sourceFirst: true }, id);
    case 'SharedImage': {
      const resume = input.resume?.[String(target.index)];
      const more = resume === undefined ? {} : { resume };
      return begin(df, 'publish-gallery-version', { plan, target, captured, attempt, ...more }, id);
    }
    case 'VHD':
      return begin(df, 'publish-vhd', { plan, target, captured }, id);
    default:
      target satisfies never;
      throw new KilnError({ code: 'BrokenInvariant', message: 'Unknown distribution target.' });
  }
}

function outputOf(target: TargetPlan, result: Result<RunOutput> | undefined): RunOutput[] {
  if (result === undefined) return [];
  if (result.ok) return [result.value];
  return [{ name: target.runOutputName, type: target.type, state: 'Failed', error: result.error }];
}

function ended(df: Durable, output: RunOutput): TimelineEntry {
  const event = output.state === 'Succeeded' ? 'succeeded' : 'failed';
  const message = output.error?.message ?? output.artifactId ?? output.artifactUri ?? '';
  return stepEntry(df, 'distribute', output.name, { event, message });
}
