import { app as functionsApp, type InvocationContext, type Timer } from '@azure/functions';
import * as df from 'durable-functions';
import { UNKNOWN } from '../../shared/model/principal.ts';
import { durableEngine } from '../durable-engine.ts';
import { reviveFailed } from '../../shared/commands/revive-failed.ts';
import { forgetOld } from '../../shared/janitor/forget.ts';
import { noteRights } from '../../shared/janitor/note-rights.ts';
import { purgeHistories } from '../../shared/janitor/purge.ts';
import { deliverAll } from '../../shared/messaging/deliver.ts';
import { lookAfterImages } from '../../shared/vulnerabilities/look-after.ts';
import {
  commandsOf,
  deliveryContext,
  janitorContext,
  refreshContext,
  settings,
  watchContext,
} from '../wiring.ts';
import { REFRESH_SCHEDULE, runRefresh } from './refresh.ts';
import { advanceAll } from './requests.ts';
import { JANITOR_SCHEDULE, runJanitor } from './janitor.ts';

/** Images: a question reads as many blobs more, and to fold them writes each shard once. */
const FOLD_AT = 16;

const client = df.input.durableClient();
const logOf = (context: InvocationContext) => (text: string) => context.info(text);

/** Late events are late by a minute at most; most are sent by the activity that made them. */
functionsApp.timer('timer-outbox', {
  schedule: '0 * * * * *',
  handler: async (_timer: Timer, context: InvocationContext) => {
    await deliverAll(deliveryContext((text) => context.warn(text)));
  },
});

/** Requests whose time has come, and lines that a killed process left standing. */
functionsApp.timer('timer-requests', {
  schedule: '30 * * * * *',
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const commands = commandsOf(durableEngine(context), {
      actor: UNKNOWN,
      log: logOf(context),
    });
    await advanceAll(commands, context);
  },
});

/** What a dead worker took down goes on within a minute. */
functionsApp.timer('timer-revive', {
  schedule: '45 * * * * *',
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const as = { actor: UNKNOWN, log: logOf(context) };
    await reviveFailed(commandsOf(durableEngine(context), as), context);
  },
});

/** Golden images. */
functionsApp.timer('timer-refresh', {
  schedule: REFRESH_SCHEDULE,
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    await runRefresh(refreshContext(durableEngine(context), logOf(context)), context);
  },
});

/** What is known against images that were published. Minutes suffice: a look costs little while nothing is older than a day. */
functionsApp.timer('timer-vulnerabilities', {
  schedule: '15 */10 * * * *',
  handler: async (_timer: Timer, context: InvocationContext) => {
    await lookAfterImages(watchContext(logOf(context)));
  },
});

/** The host runs each timer on one instance at a time; all of them also bear a second one at the same moment. */
functionsApp.timer('timer-janitor', {
  schedule: JANITOR_SCHEDULE,
  extraInputs: [client],
  handler: async (_timer: Timer, context: InvocationContext) => {
    const janitor = janitorContext(durableEngine(context), logOf(context));
    await noteRights(janitor.store, settings().rights);
    await runJanitor(janitor, context);
    await janitor.store.packageIndex.fold(FOLD_AT);
    const purged = await purgeHistories(janitor);
    if (purged > 0) context.info(`janitor: purged the histories of ${purged} instances`);
    const forgotten = await forgetOld(janitor, settings().retention);
    for (const [kind, count] of Object.entries(forgotten))
      context.info(`janitor: removed ${count} ${kind} that were over`);
  },
});
