import type { DurableClient } from 'durable-functions';
import { slotWaitOf, TURN_EVENT } from '../shared/build/turn-of.ts';
import type { InstanceState, Orchestrations } from '../shared/commands/context.ts';
import type { RunId } from '../shared/template/model.ts';

const LIVE = ['Pending', 'Running', 'ContinuedAsNew', 'Suspended'];

type Logger = { log(line: string): void };

/** The durable engine behind the port that commands use. */
export function orchestrationsOf(client: DurableClient, logger?: Logger): Orchestrations {
  async function state(instanceId: string): Promise<InstanceState> {
    try {
      const { runtimeStatus } = await client.getStatus(instanceId);
      return LIVE.includes(runtimeStatus) ? 'live' : 'ended';
    } catch (error) {
      // The client has no error type; this is how it says 404.
      if (error instanceof Error && error.message.includes('HTTP 404')) return 'absent';
      throw error;
    }
  }

  return {
    state,
    ...(logger && { log: (line: string) => logger.log(line) }),
    async start(instanceId, { name, input }) {
      // Starting an instance that has ended would run it again from the beginning.
      if ((await state(instanceId)) !== 'absent') return;
      try {
        await client.startNew(name, { instanceId, input });
      } catch (error) {
        // 409: somebody else started it since.
        if ((await state(instanceId)) === 'absent') throw error;
      }
    },
    async raise(instanceId, event) {
      try {
        await client.raiseEvent(instanceId, event, {});
      } catch (error) {
        if ((await state(instanceId)) === 'live') throw error;
      }
    },
  };
}

/** Lets runs that wait for their turn look at once. One that cannot be woken looks by itself later. */
export async function wakeWaiting(engine: Orchestrations, runIds: readonly RunId[]): Promise<void> {
  for (const runId of runIds)
    try {
      await engine.raise(slotWaitOf(runId), TURN_EVENT);
    } catch (error) {
      engine.log?.(`run ${runId} could not be woken: ${String(error)}`);
    }
}
