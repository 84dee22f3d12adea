import type { AuditEntry } from '../../../shared/model/documents/audit-entry.ts';
import { AUDIT_ACTIONS } from '../../../shared/model/documents/audit-entry.ts';
import type { Publication, RegionProgress } from '../../../shared/model/documents/documents.ts';
import type { RefreshDecision } from '../../../shared/model/documents/refresh.ts';
import type { ImageTemplate, TemplateProperties } from '../../../shared/model/template.ts';
import type { BuildLimits } from '../../../shared/planning/slots.ts';
import type { DeadLetter } from '../../../shared/ports/dead-letters.ts';
import type { JsonObject } from '../../../shared/template/schema/node.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { doctorOf, FINDING } from './doctor.ts';
import { OF_IMAGES } from './images.ts';
import { actor, request, run, summary } from './runs.ts';
import { amount, describing, many, mapTo, moment, named, object, oneOf, text, whole, yes } from './words.ts';

// What the answers of Kiln's own operations look like. A newer version may add members: clients pass over what they do not know.

export const ref = (name: keyof typeof SCHEMAS): JsonObject => ({ $ref: `#/components/schemas/${name}` });

const head = {
  id: text,
  subscriptionId: text,
  resourceGroup: text,
  name: text,
  'location?': text,
  revision: whole,
  provisioningState: text,
  'provisioningError?': named('Error'),
  'newestRun?': named('RunSummary'),
  'refreshDisabled?': object({ at: moment, reason: text }),
  'failures?': whole,
  changedAt: moment,
  may: many(oneOf('read', 'run', 'write', 'approve', 'admin')),
};

/** As it is built: what a template may leave out is filled in. What these hold is in `ImageTemplate`. */
const revised = describing<Omit<ImageTemplate, 'ref'>>(
  {
    location: text,
    tags: mapTo(text),
    identities: many(text),
    properties: describing<TemplateProperties>({
      source: mapTo({}),
      customize: many(mapTo({})),
      'validate?': mapTo({}),
      'optimize?': mapTo({}),
      distribute: many(mapTo({})),
      buildTimeoutInMinutes: whole,
      vmProfile: mapTo({}),
      errorHandling: mapTo({}),
      'stagingResourceGroup?': text,
      managedResourceTags: mapTo(text),
      'inventory?': yes,
      'hygieneByDefault?': oneOf('warn', 'fail'),
      'history?': yes,
      'refresh?': mapTo({}),
      'buildRequests?': mapTo({}),
      'autoRun?': yes,
      'additionalDataDisks?': many(whole),
    }),
  },
  'As Kiln builds it, with defaults; its parts are those of ImageTemplate.',
);

const revision = { number: whole, createdAt: moment, 'createdBy?': named('Actor') };

const places = object(
  { taken: whole, waiting: whole, limits: describing<BuildLimits>({ total: whole, perSubscription: whole }) },
  'Builds at work, and those that wait.',
);

export const SCHEMAS = {
  ...OF_IMAGES,
  ImageTemplate: NEWEST.schema,
  OpenApi: object(
    { openapi: text, info: object({ title: text, version: text }), paths: mapTo(mapTo({})) },
    'This document: https://spec.openapis.org/oas/v3.1.1.',
  ),
  Error: object({
    code: text,
    message: text,
    'target?': { type: 'string', description: 'JSON pointer to what is wrong.' },
    remedy: text,
    'azure?': object({ code: text, message: text, 'correlationId?': text }),
    'details?': many(named('Error')),
  }),
  Refusal: object({ error: named('Error') }),
  Actor: object(actor),
  RunSummary: object(summary),
  Run: object(run),
  Runs: object({ value: many(named('Run')), 'nextLink?': text }),
  TimelineEntry: object({
    id: text,
    at: moment,
    phase: text,
    'step?': text,
    'region?': text,
    event: oneOf('started', 'succeeded', 'failed', 'skipped', 'note'),
    'message?': text,
    'log?': text,
  }),
  Timeline: object({ value: many(named('TimelineEntry')) }),
  Logs: object({ value: many(object({ name: text, bytes: whole })) }),
  Request: object(request),
  Requests: object({ value: many(named('Request')) }),
  Revisions: object({ value: many(object(revision)) }),
  Revision: object({
    ...revision,
    template: revised,
  }),
  Relative: object(
    {
      id: text,
      subscriptionId: text,
      resourceGroup: text,
      name: text,
      parents: many(text),
      isBehind: {
        type: 'boolean',
        description: 'What it is made from has a newer image than the one it was built from.',
      },
      'newestRun?': named('RunSummary'),
    },
    'A template that this one is made from, or that is made from this one.',
  ),
  Trends: object({
    value: many(
      object({
        runId: text,
        at: moment,
        versions: many(text),
        seconds: {
          type: 'object',
          additionalProperties: amount,
          description: 'Of the run, by phase, by `phase > step`.',
        },
        'packages?': whole,
        'usedBytes?': whole,
        'bootSeconds?': amount,
      }),
    ),
  }),
  DeadLetter: describing<Omit<DeadLetter, 'body'> & { readonly templateId?: string; readonly may: boolean }>({
    number: text,
    messageId: text,
    'contentType?': text,
    'correlationId?': text,
    enqueued: moment,
    deliveries: whole,
    'reason?': text,
    'description?': text,
    'templateId?': text,
    text: { type: 'string', description: 'The body; what is longer than 16384 characters is cut.' },
    properties: mapTo({}, 'As they came with the message.'),
    may: { type: 'boolean', description: 'Whether the caller may resubmit and discard it.' },
  }),
  DeadLetters: object({ value: many(named('DeadLetter')) }),
  Trigger: object({
    ...{ id: text, name: text, type: text },
    properties: object({
      kind: text,
      status: object({ code: text, message: text, time: moment }),
      provisioningState: text,
    }),
  }),
  Decision: describing<RefreshDecision>({
    at: moment,
    decision: oneOf('enqueued', 'skipped', 'waiting', 'disabled', 'enabled', 'failed'),
    reason: text,
    'requestId?': text,
  }),
  Refresh: object({
    'checkedAt?': moment,
    decisions: many(named('Decision')),
  }),
  Drain: object({ drained: yes, 'since?': moment, 'reason?': text }),
  Artifact: object({ sha256: text, uri: text, bytes: whole }),
  Download: object({ url: text, expires: moment }),
  AuditEntry: describing<AuditEntry>({
    id: text,
    at: moment,
    action: oneOf(...AUDIT_ACTIONS),
    resource: text,
    by: named('Actor'),
    'revision?': whole,
    'runId?': text,
    'detail?': text,
  }),
  Audit: object({ value: many(named('AuditEntry')), 'nextLink?': text }),
  Verdict: object({ allowed: yes, reason: text, rules: many(text), mode: text }),
  Span: object(
    {
      phase: text,
      'step?': text,
      'region?': text,
      state: oneOf('running', 'succeeded', 'failed', 'skipped', 'waiting', 'stopped'),
      start: moment,
      'end?': moment,
      'message?': text,
      'log?': text,
    },
    'A phase, a step or a region with its time: one bar of a picture of the run.',
  ),
  Gate: object({ output: text, ring: whole, since: moment }, 'A ring that waits for an approval.'),
  Publication: describing<Omit<Publication, 'move'> & { readonly move?: object }>(
    {
      schema: whole,
      version: text,
      attempt: whole,
      regions: many(
        describing<RegionProgress>({
          region: text,
          state: oneOf('Waiting', 'Replicating', 'Completed', 'Failed', 'TimedOut'),
          repairs: whole,
          'progress?': amount,
          'since?': moment,
          'stuck?': yes,
          'error?': object({ code: text, message: text }),
        }),
      ),
      'look?': text,
      'move?': object({ do: text, 'pauseMs?': whole, 'regions?': many(text) }),
    },
    'A gallery version on its way.',
  ),
  Overview: object({
    version: text,
    caller: object({ ...actor, role: oneOf('Reader', 'Builder', 'Admin') }),
    drain: named('Drain'),
    places,
    templates: many(
      object({
        ...head,
        'run?': named('Run'),
        'spans?': many(named('Span')),
        'gates?': many(named('Gate')),
        requests: many(named('Request')),
      }),
    ),
  }),
  TemplateView: object({
    ...head,
    template: named('ImageTemplate'),
    runs: many(object({ ...run, spans: many(named('Span')) })),
    'nextLink?': text,
    triggers: many(named('Trigger')),
    decisions: many(named('Decision')),
    requests: many(named('Request')),
    family: many(named('Relative')),
  }),
  RunView: object({
    run: named('Run'),
    template: object(head),
    spans: many(named('Span')),
    gates: many(named('Gate')),
    notes: many(named('TimelineEntry')),
    logs: many(object({ name: text, bytes: whole })),
    usual: mapTo(amount),
    publications: many(object({ output: text, publication: named('Publication') })),
  }),
  Doctor: doctorOf(places),
  Finding: FINDING,
  Lease: object({ lease: { type: 'string', description: 'From now, such as `24h`; 30 days at most.' } }),
  DrainWish: object({ 'reason?': { type: 'string', maxLength: 200 } }),
  Approval: object({ output: text, ring: { type: 'integer', minimum: 1 }, 'approved?': yes }),
  Targets: object({ distribute: { type: 'array', items: mapTo({}), description: 'As in a template.' } }),
} satisfies Readonly<Record<string, JsonObject>>;
