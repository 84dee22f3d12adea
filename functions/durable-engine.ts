import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { slotWaitOf, TURN_EVENT } from '../shared/planning/turn-of.ts';
import type { InstanceState, DurableEngine } from '../shared/ports/engine.ts';
import type { Slot } from '../shared/model/documents/documents.ts';

const { OrchestrationRuntimeStatus: Status } = df;
const OVER = [Status.Completed, Status.Failed, Status.Terminated];

/** The durable engine behind the port that commands use. Its client is made when something is asked of it: most requests only read. */
export function durableEngine(context: InvocationContext): DurableEngine {
  let made: df.DurableClient | undefined;
  const client = (): df.DurableClient => (made ??= df.getClient(context));
  const state = (instanceId: string): Promise<InstanceState> => stateOf(client(), instanceId);
  return {
    state,
    log: (line) => context.log(line),
    async start(instanceId, { name, input }) {
      // Starting an instance that has ended would run it again from the beginning.
      if ((await state(instanceId)) !== 'absent') return;
      try {
        await client().startNew(name, { instanceId, input });
      } catch (error) {
        // 409: somebody else started it since.
        if ((await state(instanceId)) === 'absent') throw error;
      }
    },
    async raise(instanceId, event, data = {}) {
      try {
        await client().raiseEvent(instanceId, event, data);
      } catch (error) {
        if ((await state(instanceId)) === 'live') throw error;
      }
    },
    async rewind(instanceId) {
      try {
        await client().rewind(instanceId, 'lost-by-its-worker');
      } catch (error) {
        // 410 and 412: somebody else rewound it since.
        if ((await state(instanceId)) === 'failed') throw error;
      }
    },
    output: async (instanceId) => (await client().getStatus(instanceId)).output,
    async failedSince(createdTimeFrom) {
      const found = await client().getStatusBy({ createdTimeFrom, runtimeStatus: [Status.Failed] });
      return found.map(({ instanceId }) => instanceId);
    },
    async purge(createdTimeFrom, createdTimeTo) {
      const filter = { createdTimeFrom, createdTimeTo, runtimeStatus: OVER };
      return (await client().purgeInstanceHistoryBy(filter)).instancesDeleted;
    },
  };
}

async function stateOf(client: df.DurableClient, instanceId: string): Promise<InstanceState> {
  try {
    const { runtimeStatus } = await client.getStatus(instanceId);
    if (runtimeStatus === Status.Failed) return 'failed';
    return OVER.includes(runtimeStatus) || runtimeStatus === Status.Canceled ? 'ended' : 'live';
  } catch (error) {
    // The client has no error type; this is how it says 404.
    if (error instanceof Error && error.message.includes('HTTP 404')) return 'absent';
    throw error;
  }
}

/** Lets runs that wait for their turn look at once. One that cannot be woken looks by itself later. */
export async function wakeWaiting(engine: DurableEngine, waiting: readonly Slot[]): Promise<void> {
  for (const slot of waiting)
    try {
      await engine.raise(slotWaitOf(slot), TURN_EVENT);
    } catch (error) {
      engine.log?.(`run ${slot.runId} could not be woken: ${String(error)}`);
    }
}
