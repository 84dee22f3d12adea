import type { DurableClient } from 'durable-functions';
import type { InstanceState, Orchestrations } from '../shared/commands/context.ts';

const LIVE = ['Pending', 'Running', 'ContinuedAsNew', 'Suspended'];

/** The durable engine behind the port that commands use. */
export function orchestrationsOf(client: DurableClient): Orchestrations {
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
