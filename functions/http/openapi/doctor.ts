import { type DeadLetterCount, type Finding, type QuotaRow, WHAT } from '../../../shared/views/findings.ts';
import type { JsonObject } from '../../../shared/template/schema/node.ts';
import { describing, many, moment, named, object, oneOf, text, whole, yes } from './words.ts';

// Whether the deployment is well.

export const doctorOf = (places: JsonObject): JsonObject =>
  object({
    version: text,
    drain: named('Drain'),
    places,
    deferred: many(object({ templateId: text, runId: text, stagingGroup: text })),
    versions: object({ kiln: text, node: text, apiVersion: text, startedAt: moment }),
    outbox: object({ waiting: whole, failing: whole }),
    quotas: many(
      describing<QuotaRow>(
        {
          subscriptionId: text,
          location: text,
          'name?': text,
          'used?': whole,
          'limit?': whole,
          'error?': named('Error'),
        },
        'What is in use where templates build, the fullest first; or why that cannot be read.',
      ),
    ),
    denied: many(
      object(
        { templateId: text, runId: text, error: named('Error') },
        'A right that Kiln lacks, as a run has met it.',
      ),
    ),
    deadLetters: describing<DeadLetterCount>({
      count: whole,
      isMore: yes,
      'oldest?': moment,
      'error?': named('Error'),
    }),
    'purgedUntil?': moment,
    'artifactsSweptAt?': moment,
    findings: many(named('Finding')),
  });

export const FINDING = describing<Finding>(
  {
    severity: oneOf('ok', 'look', 'unknown'),
    code: oneOf(...Object.keys(WHAT)),
    what: { type: 'string', description: 'What was looked at.' },
    detail: { type: 'string', description: 'How it is, with its value.' },
    'why?': text,
    'next?': { type: 'string', description: 'What to do.' },
  },
  '`look`: somebody has to; `unknown`: nobody can tell from here.',
);
