import type { UsedCheckpoint } from '../../../shared/model/documents/checkpoints.ts';
import type {
  CopyResult,
  RegionResult,
  Run,
  RunOutput,
  RunSummary,
} from '../../../shared/model/documents/documents.ts';
import type { Fingerprint } from '../../../shared/model/documents/refresh.ts';
import type { BuildRequest } from '../../../shared/model/documents/waiting.ts';
import type { RunInventory } from '../../../shared/model/documents/inventory.ts';
import { TARGET_TYPES } from '../../../shared/targets/all.ts';
import type { Actor } from '../../../shared/model/principal.ts';
import { counts } from './images.ts';
import {
  amount,
  describing,
  many,
  mapTo,
  type Members,
  moment,
  named,
  object,
  oneOf,
  text,
  whole,
  yes,
} from './words.ts';

// Runs, and who asked for them.

export const actor: Members<Actor> = { kind: text, id: text, 'appId?': text, via: text };

const region = describing<RegionResult>({
  region: text,
  state: oneOf('Completed', 'Failed', 'TimedOut', 'Skipped', 'BootFailed'),
  seconds: amount,
  'bootSeconds?': amount,
  'error?': named('Error'),
});

const output = describing<RunOutput>({
  name: text,
  type: oneOf(...TARGET_TYPES),
  state: oneOf('Succeeded', 'Failed'),
  'artifactId?': text,
  'artifactUri?': text,
  'sourceId?': text,
  'regions?': many(region),
  'copies?': many(
    describing<CopyResult>({ uri: text, state: oneOf('Completed', 'Failed'), 'error?': named('Error') }),
  ),
  'promoted?': yes,
  'error?': named('Error'),
});

const state = oneOf('Running', 'Canceling', 'Succeeded', 'PartiallySucceeded', 'Failed', 'Canceled');

export const summary: Members<RunSummary> = {
  id: text,
  state,
  'subState?': text,
  startTime: moment,
  'endTime?': moment,
  message: text,
};

/** As `showRun` tells it. */
type ToldRun = Omit<Run, 'schema' | 'ref' | 'earlierEnds' | 'diskReader' | 'replacing'> & {
  readonly position?: number;
};

export const run: Members<ToldRun> = {
  ...summary,
  revision: whole,
  reason: text,
  'requestedBy?': named('Actor'),
  'parameters?': mapTo(text),
  'priority?': whole,
  'correlationId?': text,
  'cancelRequestedAt?': moment,
  'canceledBy?': named('Actor'),
  outputs: many(output),
  'error?': named('Error'),
  'source?': text,
  'fingerprint?': describing<Fingerprint>({
    source: text,
    template: text,
    scripts: mapTo(text),
    builder: text,
  }),
  'stagingGroup?': text,
  'vmSize?': text,
  'agent?': text,
  'attempt?': whole,
  'builtBefore?': text,
  'position?': whole,
  'inventory?': describing<RunInventory>({
    ...{ digest: text, packages: whole, services: whole, listening: whole, usedBytes: whole },
    'sinceSource?': object(counts),
    'sinceLast?': object({ ...counts, runId: text }),
  }),
  'notCarriedOut?': many(text),
  'noCache?': yes,
  'checkpoint?': describing<UsedCheckpoint>({
    ...{ step: text, number: whole, runId: text, savedAt: moment, key: text },
    seconds: { type: 'number', minimum: 0 },
  }),
  'cleanup?': oneOf('done', 'deferred', 'kept'),
  'retryUntil?': moment,
  'keptUntil?': moment,
  'releasedAt?': moment,
};

export const request: Members<Omit<BuildRequest, 'schema' | 'ref'> & { readonly position?: number }> = {
  ...{ id: text, key: text, reason: text },
  'requestedBy?': named('Actor'),
  'correlationId?': text,
  'parameters?': mapTo(text),
  priority: whole,
  'notBefore?': moment,
  whenBusy: oneOf('coalesce', 'queue'),
  acceptedAt: moment,
  state: oneOf('waiting', 'started', 'coalesced', 'rejected'),
  'noCache?': yes,
  'replacedBy?': text,
  'error?': named('Error'),
  'position?': whole,
};
