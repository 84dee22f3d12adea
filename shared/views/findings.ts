import type { ToldFailure } from '../errors/told.ts';
import type { BuildLimits } from '../planning/slots.ts';
import { KILN_ROLES } from './kiln-roles.ts';
import type { RightsLook } from './rights.ts';
import { tellExcess, tellNone } from './rights-told.ts';

/** `look`: somebody has to; `unknown`: nobody can tell from here. */
export type Severity = 'ok' | 'look' | 'unknown';

/** One thing that was looked at. */
export type Finding = {
  readonly severity: Severity;
  /** Stable, for monitors: `RightDenied`. */
  readonly code: keyof typeof WHAT;
  /** What was looked at, in words. */
  readonly what: string;
  /** How it is, with its value. */
  readonly detail: string;
  readonly why?: string;
  readonly next?: string;
};

/** What a look at a deployment has found. */
export type DoctorFacts = {
  readonly drain: { readonly drained: boolean; readonly reason?: string };
  readonly places: { readonly taken: number; readonly waiting: number; readonly limits: BuildLimits };
  readonly outbox: { readonly waiting: number; readonly failing: number };
  readonly deadLetters: DeadLetterCount;
  readonly deferred: readonly {
    readonly templateId: string;
    readonly runId: string;
    readonly stagingGroup: string;
  }[];
  readonly quotas: readonly QuotaRow[];
  readonly denied: readonly {
    readonly templateId: string;
    readonly runId: string;
    readonly error: ToldFailure;
  }[];
  /** Absent: nothing says which rights there should be. A failure: they could not be read. */
  readonly rights?: RightsLook | ToldFailure | undefined;
  readonly purgedUntil?: string;
  readonly artifactsSweptAt?: string;
};

export type DeadLetterCount = {
  readonly count: number;
  readonly isMore: boolean;
  readonly oldest?: string;
  readonly error?: ToldFailure;
};

export type QuotaRow = {
  readonly subscriptionId: string;
  readonly location: string;
  readonly name?: string;
  readonly used?: number;
  readonly limit?: number;
  readonly error?: ToldFailure;
};

/** Codes of findings, each with what it is about. */
export const WHAT = {
  Drain: 'new work',
  Places: 'places',
  Events: 'events',
  DeadLetters: 'dead letters',
  RightDenied: 'rights',
  RightsTooMany: 'rights beyond the deployment',
  RightsUnproved: 'rights that nothing has needed',
  UsageUnread: 'usage',
  Quota: 'quota',
  CleanUp: 'clean-up',
  Histories: 'histories',
  Artifacts: 'artifacts',
} as const;

/** Of what there is of something: from here on somebody should ask for more. */
const NEARLY = 0.8;

/** What is well, what somebody has to look at, and what nobody can know from here. */
export function findingsOf(facts: DoctorFacts): Finding[] {
  return [...ofWork(facts), ...ofRights(facts), ...ofQuotas(facts), ...ofCleanUp(facts)];
}

type Judged = {
  readonly isWell: boolean;
  readonly detail: string;
  readonly why?: string;
  readonly next: string;
};

function finding(code: Finding['code'], { isWell, detail, why, next }: Judged): Finding {
  const base = { code, what: WHAT[code], detail };
  return isWell
    ? { severity: 'ok', ...base }
    : { severity: 'look', ...base, ...(why !== undefined && { why }), next };
}

function ofWork({ drain, places, outbox, deadLetters }: DoctorFacts): Finding[] {
  const { total, perSubscription } = places.limits;
  return [
    finding('Drain', {
      isWell: !drain.drained,
      detail: drain.drained ? `is held: ${drain.reason || 'no reason was given'}` : 'begins',
      why: 'Somebody has drained Kiln: what runs goes on, and nothing new begins.',
      next: '`kiln drain off` lets new work begin again.',
    }),
    finding('Places', {
      isWell: places.waiting === 0,
      detail: `${places.taken} taken, ${places.waiting} runs wait`,
      why: `At most ${total || 'any number of'} builds are at work at a time, ${perSubscription || 'any number'} in a subscription, and as many as the quota has cores for.`,
      next: 'The setting `maximumBuilds`, and the quota below, say how many build at a time.',
    }),
    finding('Events', {
      isWell: outbox.failing === 0,
      detail: `${outbox.waiting} on their way, ${outbox.failing} refused by a receiver`,
      why: 'A receiver has answered with an error or not at all; Kiln asks it again.',
      next: 'docs/events.md tells how receivers are asked again, and for how long.',
    }),
    ofLetters(deadLetters),
  ];
}

function ofLetters({ count, isMore, oldest, error }: DeadLetterCount): Finding {
  const number = isMore ? `more than ${count}` : String(count);
  const since = oldest === undefined ? '' : `, the oldest since ${oldest}`;
  return finding('DeadLetters', {
    isWell: count === 0 && error === undefined,
    detail: error?.message ?? (count === 0 ? 'none' : number + since),
    why:
      error === undefined
        ? 'Requests that were not carried out, each with its reason.'
        : 'Nobody knows how many there are.',
    next: error?.remedy ?? '`kiln dlq` lists what was not carried out, and takes or drops it.',
  });
}

/** Denials that were met, by role; which rights are there without having been needed is known to nobody here. */
function ofRights({ denied, quotas, rights }: DoctorFacts): Finding[] {
  const met = denied.map(({ templateId, error }) =>
    denial('RightDenied', templateId.split('/').at(-1) ?? '', error),
  );
  const unread = quotas.flatMap(({ location, error }) =>
    error === undefined ? [] : [denial('UsageUnread', `in ${location}`, error)],
  );
  const none = finding('RightDenied', { isWell: true, detail: 'nothing was denied of late', next: '' });
  return [
    ...(met.length + unread.length === 0 ? [none] : []),
    ...met,
    ...unread,
    ...ofExcess(rights),
    unproved(rights === undefined),
  ];
}

/** Narrowing a deployment takes no role away: what stays is looked for. */
function ofExcess(rights: DoctorFacts['rights']): Finding[] {
  if (rights === undefined) return [];
  if ('code' in rights) return [denial('RightsTooMany', 'which cannot be read', rights)];
  const found = tellExcess(rights).map(({ where, ...told }): Finding => {
    const base = finding('RightsTooMany', { isWell: false, ...told });
    return { ...base, what: `${base.what}, ${where}` };
  });
  const none = finding('RightsTooMany', { isWell: true, detail: tellNone(rights), next: '' });
  return found.length === 0 ? [none] : found;
}

function denial(
  code: 'RightDenied' | 'UsageUnread' | 'RightsTooMany',
  where: string,
  error: ToldFailure,
): Finding {
  const judged = { isWell: false, detail: error.message, ...reasonOf(error) };
  const found = finding(code, judged);
  return { ...found, what: `${found.what}, ${where}` };
}

/** Which role has the right that was denied, and where deployments assign it. */
function reasonOf({ code, azure, remedy }: ToldFailure): { readonly why?: string; readonly next: string } {
  const action = lastOf(azure?.message ?? '', /action(?:\(s\))? '([^']+)'/g);
  const scope = lastOf(azure?.message ?? '', /scope(?:\(s\))? '([^']+)'/g);
  if (code !== 'AzureDenied' || action === undefined) return { next: remedy };
  const roles = KILN_ROLES.filter(({ actions }) =>
    actions.some((one) => one.action.toLowerCase() === action.toLowerCase()),
  );
  const [role] = roles;
  if (role === undefined)
    return {
      why: `No role of Kiln has ${action}: Azure asks for it on behalf of something that the template names.`,
      next: `Give the identity of Kiln ${action} at ${scope ?? 'what the message names'}.`,
    };
  const names = roles.map(({ name }) => name).join(' or ');
  const reason = role.actions.find((one) => one.action.toLowerCase() === action.toLowerCase())?.why ?? '';
  return {
    why: `${names} has ${action} (${reason}); it is assigned at ${role.assignAt}, and not where this was asked, or an older version of it is.`,
    next: `Assign ${names} to the identity of Kiln at ${scope ?? role.assignAt}; docs/permissions.md has each role, docs/deploy.md tells how to widen them.`,
  };
}

function lastOf(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1];
}

function unproved(isUnknown: boolean): Finding {
  const count = new Set(KILN_ROLES.flatMap(({ actions }) => actions.map(({ action }) => action))).size;
  return {
    severity: 'unknown',
    code: 'RightsUnproved',
    what: WHAT.RightsUnproved,
    detail: `${count} actions in ${KILN_ROLES.length} roles; of them only those are known to be missing that Azure has denied`,
    why: isUnknown
      ? 'Kiln may not read role assignments, so that it cannot tell which it has; nor which are too many, because the setting KILN_RIGHTS does not say what was meant to be.'
      : 'Kiln may not read role assignments; it can ask what it may do in a subscription or group, and not at networks, identities, vaults and keys.',
    next: '`az role assignment list --all --assignee <object id of the identity>` lists them; docs/permissions.md has what should be there.',
  };
}

function ofQuotas({ quotas }: DoctorFacts): Finding[] {
  const full = quotas.flatMap(({ location, name, used = 0, limit = 0, error }) =>
    error === undefined && limit > 0 && used >= NEARLY * limit ? [{ location, name, used, limit }] : [],
  );
  if (full.length === 0)
    return [finding('Quota', { isWell: true, detail: 'none is nearly used up', next: '' })];
  return full.map(({ location, name, used, limit }) =>
    finding('Quota', {
      isWell: false,
      detail: `${name} in ${location}: ${used} of ${limit}`,
      why: `${Math.round((100 * used) / limit)} % are in use, by Kiln and by everybody else in the subscription.`,
      next: `Ask Azure for more ${name} in ${location}, or build elsewhere.`,
    }),
  );
}

function ofCleanUp({ deferred, purgedUntil, artifactsSweptAt }: DoctorFacts): Finding[] {
  const groups = deferred.map(({ stagingGroup, runId }) =>
    finding('CleanUp', {
      isWell: false,
      detail: `${stagingGroup} of run ${runId} is still there`,
      why: 'Azure has not let it go: a lock, a policy, or something in it that is in use.',
      next: `The janitor tries again every quarter of an hour; what Azure says against it is in \`kiln show ${runId}\`.`,
    }),
  );
  const none = finding('CleanUp', { isWell: true, detail: 'nothing is left behind', next: '' });
  return [
    ...(groups.length === 0 ? [none] : groups),
    finding('Histories', {
      isWell: true,
      detail: purgedUntil === undefined ? 'nothing purged yet' : `purged up to ${purgedUntil}`,
      next: '',
    }),
    finding('Artifacts', {
      isWell: true,
      detail: artifactsSweptAt === undefined ? 'not swept yet' : `last swept ${artifactsSweptAt}`,
      next: '',
    }),
  ];
}
