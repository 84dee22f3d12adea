import { DAY } from '../model/time.ts';
import { type Principal, REFRESH_TIMER, triggerPrincipal } from '../model/principal.ts';
import { changesBetween, fingerprintOf, scriptsOf } from '../planning/fingerprint.ts';
import { resolveSource } from '../planning/resolve-source.ts';
import { inParallel } from '../parallel.ts';
import type {
  Fingerprint,
  RefreshDecision,
  RefreshState,
  TemplateHead,
  Trigger,
} from '../model/documents/documents.ts';
import type { ImageTemplate, RefreshPolicy } from '../model/template.ts';
import { templateId } from '../model/ids.ts';
import { pinAgain } from './pin-again.ts';
import { dueSince } from './schedule.ts';
import type { RefreshContext } from './refresh-context.ts';

/** A template at one tick, with everything that its refresh depends on. */
export type Situation = {
  readonly head: TemplateHead;
  readonly template: ImageTemplate;
  readonly policy: RefreshPolicy;
  readonly triggers: readonly Trigger[];
  readonly state?: RefreshState;
  readonly movingParent?: string;
  readonly now: Date;
};

export type Decision = Pick<RefreshDecision, 'decision' | 'reason' | 'requestId'> & {
  /** The moment that is done with this; absent: it is looked at again at the next tick. */
  readonly due?: Date;
};

/** What is to be done now; undefined when no look is due. Builds only what would come out differently. */
export async function decide(context: RefreshContext, situation: Situation): Promise<Decision | undefined> {
  const { head, policy, state, movingParent, now } = situation;
  const disabled = disabledBy(situation);
  if (disabled !== undefined) return { decision: 'disabled', reason: disabled };
  if (state?.decisions.at(-1)?.decision === 'disabled')
    return { decision: 'enabled', reason: 'a run succeeded or the template was changed' };
  const due = dueSince(policy, new Date(state?.checkedAt ?? head.createdAt), now);
  if (due === undefined) return undefined;
  const wait = reasonToWait(head, movingParent);
  if (wait !== undefined) return { decision: 'waiting', reason: wait };
  const seen = await look(context, situation);
  const changes =
    head.built === undefined ? ['it was never built'] : changesBetween(head.built.fingerprint, seen);
  const reasons = [...changes, ...tooOld(situation)];
  if (reasons.length === 0) {
    const since = head.built === undefined ? '' : ` since the run of ${head.built.at}`;
    return { decision: 'skipped', reason: `nothing has changed${since}`, due };
  }
  const reason = `refresh: ${reasons.join('; ')}`;
  if (pinsDiffer(situation, seen)) await pinAgain(context, head);
  const requestId = await context.enqueue(head.ref, { reason, due, actor: actorFor(situation) });
  return { decision: 'enqueued', reason, requestId, due };
}

/** A template of its own policy is the timer's; one that has nothing but a trigger is the trigger's. */
function actorFor({ head, template, triggers }: Situation): Principal {
  const [trigger] = triggers;
  if (template.properties.refresh !== undefined || trigger === undefined) return REFRESH_TIMER;
  return triggerPrincipal(`${templateId(head.ref)}/triggers/${trigger.name}`);
}

/** Why it is not refreshed any more. */
function disabledBy({ head, policy }: Situation): string | undefined {
  const { failures = 0, refreshDisabled } = head;
  if (refreshDisabled !== undefined) return refreshDisabled.reason;
  if (failures < policy.disableAfterFailures) return undefined;
  return `${failures} runs in a row have failed. It is refreshed again after a successful run or a change of the template.`;
}

function reasonToWait(head: TemplateHead, movingParent: string | undefined): string | undefined {
  const { provisioningState, activeRun, line = [] } = head;
  if (provisioningState !== 'Succeeded') return `the template is in provisioning state ${provisioningState}`;
  if (activeRun !== undefined) return `run ${activeRun} is active`;
  if (line.length > 0) return 'a request waits for the template already';
  return movingParent === undefined ? undefined : `its parent ${movingParent} is being built first`;
}

/** The fingerprint of an image that would be built now. What the policy does not watch is as it was. */
async function look(
  { azure, contentOf }: RefreshContext,
  { head, template, policy }: Situation,
): Promise<Fingerprint> {
  const { subscriptionId } = head.ref;
  const { location, properties } = template;
  const before = head.built?.fingerprint;
  const source =
    policy.onSourceUpdate || before === undefined
      ? await resolveSource(azure(subscriptionId).sources, properties.source, { subscriptionId, location })
      : { description: before.source };
  const watched = scriptsOf(template).filter(
    ({ uri = '' }) => policy.onScriptChange && /^https?:/i.test(uri),
  );
  const contents = await inParallel(
    watched,
    async ({ name, uri = '' }) => [name, await contentOf(uri)] as const,
    4,
  );
  return fingerprintOf(template, source.description, Object.fromEntries(contents));
}

function tooOld({ head, policy, now }: Situation): string[] {
  const { maximumAgeInDays } = policy;
  if (maximumAgeInDays === undefined || head.built === undefined) return [];
  const days = Math.floor((now.getTime() - Date.parse(head.built.at)) / DAY);
  return days >= maximumAgeInDays ? [`the image is ${days} days old, ${maximumAgeInDays} is the most`] : [];
}

/** A script whose content is not what the newest revision has pinned needs a new revision. */
function pinsDiffer({ template }: Situation, { scripts }: Fingerprint): boolean {
  return scriptsOf(template).some(({ name, sha256 }) => scripts[name] !== sha256);
}
