import { eventName, type HistoryEvent } from '../events.ts';
import type { Instance } from '../instance.ts';

/** The body of a status answer. `input` and `output` are null, never missing, or DurableClient throws. */
export function statusBody(instance: Instance, showInput: boolean): Record<string, unknown> {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: showInput ? parse(instance.input) : null,
    customStatus: parse(instance.customStatus),
    output: parse(instance.output),
    createdTime: toSecond(instance.created),
    lastUpdatedTime: toSecond(instance.updated),
  };
}

/** The history for people: event types by name, without the events that carry nothing. */
export function historyBody(history: readonly HistoryEvent[], showOutput: boolean): unknown[] {
  const hidden = new Set(['OrchestratorStarted', 'OrchestratorCompleted']);
  return history
    .map((event): Record<string, unknown> => ({ ...event, EventType: eventName(event.EventType) }))
    .filter((event) => !hidden.has(String(event['EventType'])))
    .map(({ IsPlayed: _played, Result, Input: _input, ...rest }) =>
      showOutput && typeof Result === 'string' ? { ...rest, Result: parse(Result) } : rest,
    );
}

/** The extension cuts fractions of a second off. */
function toSecond(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function parse(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
