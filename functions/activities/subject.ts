import { templateId } from '../../shared/model/ids.ts';
import { isObject, type JsonObject } from '../../shared/template/schema/node.ts';

/**
 * What an activity is about, for its lines in the log: ` [template … run …]`, or nothing. Inputs name their run in one of three
 * places: themselves, `run`, or the plan.
 */
export function subjectOf(input: unknown): string {
  const about = places(input).find((place) => isObject(place['ref']));
  if (about === undefined) return '';
  const { ref, runId } = about;
  const { subscriptionId, resourceGroup, name } = isObject(ref) ? ref : {};
  const id = templateId({
    subscriptionId: String(subscriptionId),
    resourceGroup: String(resourceGroup),
    name: String(name),
  });
  return ` [template ${id}${typeof runId === 'string' ? ` run ${runId}` : ''}]`;
}

function places(input: unknown): JsonObject[] {
  if (!isObject(input)) return [];
  const plan = isObject(input['plan']) ? input['plan'] : {};
  return [input, input['run'], plan['run']].filter(isObject);
}
