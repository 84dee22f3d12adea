import { assertLinked } from '../access/linked.ts';
import { KilnError } from '../errors/failure.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import type { Stored } from '../ports/store.ts';
import { region } from '../model/convert.ts';
import type { ImageTemplate } from '../model/template.ts';
import { withoutPins } from '../template/pins.ts';
import type { ApiVersion } from '../template/versions/version.ts';
import { created, resubmitted } from '../model/documents/head.ts';
import { checkConditions, type Conditions, isConditional } from './conditions.ts';
import type { CommandContext } from './context.ts';
import { refuseWhileDrained } from './drain.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { carryOut, healTemplate, operationOf, pendingOperation, sameBody } from './template-operation.ts';

export type Submission = {
  readonly template: ImageTemplate;
  /** The author's body without read-only fields. */
  readonly body: unknown;
  readonly version: ApiVersion;
  readonly conditions: Conditions;
  /** Refuse when the template exists, as Azure VM Image Builder does. */
  readonly createOnly?: boolean;
  /** The scripts of the newest revision stay, whatever their URLs give today. */
  readonly keepsPins?: boolean;
  /** A new revision also for the same body: its scripts are fetched again. */
  readonly pinAgain?: boolean;
};

export type Submitted = {
  readonly head: TemplateHead;
  readonly etag: string;
  readonly created: boolean;
  /** Absent when there was nothing to do. */
  readonly operationId?: string;
};

/**
 * Makes a template or a new revision of it. Unlike Azure VM Image Builder, which refuses every second PUT, a changed
 * body is an update and an unchanged one does nothing.
 */
export async function submitTemplate(context: CommandContext, submission: Submission): Promise<Submitted> {
  const { conditions, template } = submission;
  return repeatLostRace(isConditional(conditions), async () => {
    const current = await context.store.templates.get(template.ref);
    checkConditions(current?.etag, conditions);
    if (submission.createOnly === true && current !== undefined) throw alreadyThere(template.ref.name);
    return submitOnto(context, submission, current);
  });
}

/** The sentence is the service's own. */
function alreadyThere(name: string): KilnError {
  const message = `Update/Upgrade of image templates is currently not supported. Template ${name} exists, and strictCreate asks for a new one.`;
  return new KilnError({ code: 'Conflict', message });
}

export async function submitOnto(
  context: CommandContext,
  asked: Omit<Submission, 'conditions'>,
  current: Stored<TemplateHead> | undefined,
): Promise<Submitted> {
  const submission = { ...asked, body: withoutPins(asked.body, current?.value) };
  const unchanged = current && (await adopt(context, submission, current));
  if (unchanged !== undefined) return unchanged;
  assertLinked(context.gate, context.actor, submission.template);
  await refuseWhileDrained(context);
  const operationId = context.newId().toUpperCase();
  const head = nextHead(context, submission, current?.value, operationId);
  await context.store.operations.put(operationOf(head, operationId));
  const condition = current === undefined ? 'absent' : { etag: current.etag };
  const etag = await context.store.templates.put(head, condition);
  await carryOut(context, head);
  return { head, etag, created: current === undefined, operationId };
}

/** The answer when the template already is, or is becoming, what was asked. Throws when it may not change now. */
async function adopt(
  context: CommandContext,
  { body, template, pinAgain }: Omit<Submission, 'conditions'>,
  { value: head, etag }: Stored<TemplateHead>,
): Promise<Submitted | undefined> {
  const { name } = head.ref;
  if (head.provisioningState === 'Deleting')
    refuse(`Template ${name} is being deleted. Wait until it is gone.`);
  const same = sameBody(head.body, body) && pinAgain !== true;
  if (same && head.provisioningState === 'Succeeded') return { head, etag, created: false };
  const progress = await healTemplate(context, head);
  if (progress === 'live') {
    const operationId = pendingOperation(head);
    if (same && operationId !== undefined)
      return { head, etag, created: head.provisioningState === 'Creating', operationId };
    refuse(`Template ${name} is in provisioning state ${head.provisioningState}. Wait until that ends.`);
  }
  const location = region(bodyLocation(head) ?? template.location);
  if (location === template.location) return undefined;
  const message = `"${template.location}" is not where the template is: its location is ${location} for good. Delete it first.`;
  throw new KilnError({
    code: 'ValidationFailed',
    message,
    details: [{ code: 'InvalidValue', target: '/location', message }],
  });
}

function refuse(message: string): never {
  throw new KilnError({ code: 'OperationNotAllowed', message });
}

export function bodyLocation({ body }: TemplateHead): string | undefined {
  if (typeof body !== 'object' || body === null || !('location' in body)) return undefined;
  return typeof body.location === 'string' ? body.location : undefined;
}

function nextHead(
  { now, actor }: CommandContext,
  { template, body, version, keepsPins }: Omit<Submission, 'conditions'>,
  old: TemplateHead | undefined,
  operationId: string,
): TemplateHead {
  const content = {
    body,
    bodyApiVersion: version.name,
    operationId,
    changedAt: now().toISOString(),
    changedBy: actor,
    ...(keepsPins !== undefined && { keepsPins }),
  };
  return old === undefined ? created(template.ref, content) : resubmitted(old, content);
}
