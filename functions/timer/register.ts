import { app as functionsApp, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { orchestrationsOf } from '../durable-engine.ts';
import { janitorContext } from '../wiring.ts';
import { JANITOR_SCHEDULE, runJanitor } from './janitor.ts';

const client = df.input.durableClient();

/** The host runs each timer on one instance at a time; all of them also bear a second one at the same moment. */
functionsApp.timer('timer-janitor', {
  schedule: JANITOR_SCHEDULE,
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    await runJanitor(janitorContext(orchestrationsOf(df.getClient(context))), context);
  },
});
