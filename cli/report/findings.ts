import type { Failure, Run } from '../api/types.ts';
import type { CliError } from '../errors.ts';
import type { FailedStep } from '../follow/outcome.ts';
import type { Finding } from '../ci/provider.ts';
import type { TemplatePlaces } from './template-places.ts';

/** GitHub shows ten annotations of a step and drops the rest without a word. */
const MOST = 10;

/** What a reader must see about a run that has ended. */
export function runFindings(run: Run, failed: FailedStep | undefined, places: TemplatePlaces): Finding[] {
  const found = run.error === undefined ? [] : failureFindings(run.error, failed, places);
  for (const output of run.outputs) {
    if (output.error !== undefined)
      found.push(
        finding(output.name, output.error, places.of(output.error.target) ?? places.of(output.name)),
      );
    for (const { region, error } of output.regions)
      if (error !== undefined)
        found.push(finding(`${output.name} in ${region}`, error, places.of(output.name)));
  }
  if (run.cleanup === 'deferred')
    found.push({
      level: 'warning',
      title: 'Kiln: clean up',
      message: `Azure refused to delete ${run.stagingGroup ?? 'the staging group'}; the janitor tries again.`,
    });
  return capped(found);
}

/** One finding for each detail when there are details: a refused template has a line for each problem. */
function failureFindings(
  failure: Failure,
  failed: FailedStep | undefined,
  places: TemplatePlaces,
): Finding[] {
  const title = failed?.name ?? 'run';
  const tail =
    failed === undefined || failed.lines.length === 0 ? '' : `\n${failed.lines.slice(-5).join('\n')}`;
  const place = places.of(failure.target) ?? places.of(failed?.name);
  const whole = finding(title, failure, place);
  return failure.details.length === 0
    ? [{ ...whole, message: `${whole.message}${tail}` }]
    : [whole, ...failure.details.map((detail) => finding(title, detail, places.of(detail.target)))];
}

/** What a reader must see when there is no outcome: a refused template, an unreachable service, a wrong file. */
export function problemFindings(error: CliError, places: TemplatePlaces): Finding[] {
  const { code, message, remedy, details = [] } = error.problem;
  const head: Finding = {
    level: 'error',
    title: 'Kiln: no result',
    message: [
      code === undefined ? message : `${code}: ${message}`,
      ...(remedy === undefined ? [] : [remedy]),
    ].join('\n'),
  };
  // Details are lines of the form `<JSON pointer>  <what is wrong there>`.
  const more = details.map((detail): Finding => {
    const [, pointer, rest] = /^(\/\S*) {2}([\s\S]*)$/.exec(detail) ?? [];
    const place = places.of(pointer);
    return {
      level: 'error',
      title: `Kiln: ${pointer ?? 'template'}`,
      message: rest ?? detail,
      ...(place === undefined ? {} : { place }),
    };
  });
  return capped([head, ...more]);
}

function finding(name: string, failure: Failure, place: Finding['place']): Finding {
  return {
    level: 'error',
    title: `Kiln: ${name}`,
    message: [
      `${failure.code}: ${failure.message}`,
      ...(failure.remedy === undefined ? [] : [failure.remedy]),
    ].join('\n'),
    ...(place === undefined ? {} : { place }),
  };
}

function capped(found: readonly Finding[]): Finding[] {
  if (found.length <= MOST) return [...found];
  const left = found.length - MOST + 1;
  const message = `${left} more problems are in the log and in the summary.`;
  return [...found.slice(0, MOST - 1), { level: 'error', title: 'Kiln', message }];
}
