import type { EventType } from '../model/cloud-event.ts';

type Schema = Readonly<Record<string, unknown>>;
type Described = {
  /** When the event is sent. */
  readonly when: string;
  readonly data: Schema;
};

const text = (description: string): Schema => ({ type: 'string', description });
const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description });

function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties };
}

const ABOUT_RUN = {
  templateId: text('ARM id of the template.'),
  runId: text('The run, a GUID.'),
  revision: { type: 'integer', description: 'Revision of the template that is built.' },
  reason: text('Why the run was started, in words.'),
  correlationId: text("The requester's own id, when it gave one."),
  requestedBy: {
    type: 'object',
    required: ['kind', 'id', 'via'],
    description: 'Who asked for the run: kind, object id, client id, and the door it came through.',
  },
};

function ofRun(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  return object({ ...ABOUT_RUN, ...properties }, ['correlationId', 'requestedBy', ...optional]);
}

const STEP = {
  phase: text('The phase, as in the timeline.'),
  step: text('Customizer, validator, VM size, target or region that the event is about.'),
  message: text('What happened.'),
};

const END = {
  state: { enum: ['Succeeded', 'PartiallySucceeded', 'Failed', 'Canceled'], description: 'How it ended.' },
  message: text('Why, when it did not simply succeed.'),
  startTime: time('When the run was accepted.'),
  endTime: time('When its outcome was known.'),
  outputs: {
    type: 'array',
    items: { type: 'object' },
    description: 'One per target: name, type, state, artifactId or artifactUri, regions.',
  },
  source: text('Exact source that was built from.'),
  inventory: {
    type: 'object',
    required: ['digest', 'packages', 'services', 'listening', 'usedBytes'],
    description:
      'How much is in the image, and with `sinceSource` and `sinceLast` how many packages were added, removed and changed.',
  },
  error: {
    type: 'object',
    required: ['code', 'message'],
    description: 'Code of docs/errors.md, message, remedy, details, and the words of Azure in `azure`.',
  },
};

const ended = (when: string): Described => ({ when, data: ofRun(END, ['source', 'inventory', 'error']) });

const REQUEST = {
  requestId: text('Id of the request, which is also the id of its run.'),
  templateId: text('ARM id of the template.'),
  reason: text('What the request gave as its reason.'),
  correlationId: text("The requester's own id, when it gave one."),
};

const TRIGGER = {
  templateId: text('ARM id of the template.'),
  reason: text('Why, in words.'),
};

const JANITOR = object(
  {
    resourceId: text('What it is about.'),
    action: {
      enum: ['removed', 'healed', 'settled', 'failed', 'unknown'],
      description: 'What the janitor did.',
    },
    reason: text('Why it did so, or what went wrong.'),
    runId: text('The run that it belonged to.'),
  },
  ['runId'],
);

/** What each event carries in `data`. New fields may come; those that are here stay. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, Described>> = {
  'io.kiln.run.queued': { when: 'A run was accepted.', data: ofRun({ state: { const: 'Queued' } }) },
  'io.kiln.run.started': { when: 'Its first phase began.', data: ofRun({ state: { const: 'Running' } }) },
  'io.kiln.run.phaseChanged': {
    when: 'A phase began, succeeded, failed or was skipped.',
    data: ofRun({
      phase: STEP.phase,
      phaseState: {
        enum: ['started', 'succeeded', 'failed', 'skipped', 'note'],
        description: 'What it did.',
      },
      message: STEP.message,
    }),
  },
  'io.kiln.run.stepFailed': {
    when: 'A customizer, validator, VM size, target or region failed.',
    data: ofRun(
      { ...STEP, region: text('Region, for replication.'), log: text('Name of its log in the run.') },
      ['region', 'log'],
    ),
  },
  'io.kiln.run.regionCompleted': {
    when: 'A gallery version can be used in a region.',
    data: ofRun({ ...STEP, region: text('The region.') }),
  },
  'io.kiln.run.succeeded': ended('Every target has the image.'),
  'io.kiln.run.partiallySucceeded': ended('Some targets or regions have the image.'),
  'io.kiln.run.failed': ended('No target has the image.'),
  'io.kiln.run.canceled': ended('The run was canceled.'),
  'io.kiln.request.waiting': {
    when: 'A request was accepted and waits, because its template is building or its time has not come.',
    data: object({ ...REQUEST, position: { type: 'integer', description: 'Place in line, from 1.' } }, [
      'correlationId',
    ]),
  },
  'io.kiln.request.coalesced': {
    when: 'A waiting request was replaced by a later one for the same template.',
    data: object({ ...REQUEST, replacedBy: text('Id of the later request and its run.') }, ['correlationId']),
  },
  'io.kiln.request.rejected': {
    when: 'A request cannot be carried out, now or later. A message is in the dead-letter queue.',
    data: object(
      {
        messageId: text('Id of the message.'),
        requestId: text('Id of the request, when it had been accepted before.'),
        code: text('Code of docs/errors.md.'),
        message: text('What is wrong and what to do.'),
        details: {
          type: 'array',
          items: { type: 'object' },
          description: 'Every problem with its JSON pointer.',
        },
      },
      ['messageId', 'requestId', 'details'],
    ),
  },
  'io.kiln.refresh.skipped': {
    when: 'A refresh was due and nothing had changed, or it has to wait.',
    data: object(TRIGGER),
  },
  'io.kiln.refresh.enqueued': {
    when: 'A refresh found a change and asked for a run.',
    data: object({ ...TRIGGER, requestId: text('Id of the request, which is also the id of its run.') }),
  },
  'io.kiln.trigger.disabled': {
    when: 'The template failed too often in a row: it is not refreshed any more.',
    data: object({ ...TRIGGER, failures: { type: 'integer', description: 'Failed runs in a row.' } }),
  },
  'io.kiln.trigger.enabled': {
    when: 'A run succeeded or the template was changed: it is refreshed again.',
    data: object(TRIGGER),
  },
  'io.kiln.vulnerabilities.found': {
    when: 'A published image has a vulnerability that was not known against it before.',
    data: object(
      {
        templateId: text('ARM id of the template.'),
        runId: text('The run that made the image, a GUID.'),
        new: { type: 'integer', description: 'How many are new.' },
        findings: {
          type: 'array',
          items: { type: 'object' },
          description: 'The first 50 of those: id, aliases, package, version, fixed, severity.',
        },
        counts: { type: 'object', description: 'All findings of the image by severity.' },
        database: { type: 'object', description: 'What it was compared with, and of when that is.' },
      },
      ['database'],
    ),
  },
  'io.kiln.janitor.removed': { when: 'The janitor removed or mended something.', data: JANITOR },
  'io.kiln.janitor.unknown': {
    when: "Something has Kiln's tags and is in no ledger of it. It is left alone, and told once.",
    data: JANITOR,
  },
  'io.kiln.janitor.failed': { when: 'The janitor could not do what was due; it tries again.', data: JANITOR },
};
