import { app as functionsApp, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { orchestrationsOf } from '../durable-engine.ts';
import { deliverAll } from '../../shared/messaging/deliver.ts';
import { deliveryContext, janitorContext } from '../wiring.ts';
import { JANITOR_SCHEDULE, runJanitor } from './janitor.ts';

const client = df.input.durableClient();

/** Late events are late by a minute at most; most are sent by the activity that made them. */
functionsApp.timer('timer-outbox', {
  schedule: '0 * * * * *',
  handler: async (_timer: Timer, context: InvocationContext) => {
    await deliverAll(deliveryContext((text) => context.warn(text)));
  },
});

/** The host runs each timer on one instance at a time; all of them also bear a second one at the same moment. */
functionsApp.timer('timer-janitor', {
  schedule: JANITOR_SCHEDULE,
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    await runJanitor(janitorContext(orchestrationsOf(df.getClient(context))), context);
  },
});
