/** What kind of caller it is. `unknown`: the document is of a version of Kiln that did not write it down. */
export type PrincipalKind = 'user' | 'app' | 'queue' | 'timer' | 'trigger' | 'unknown';

/**
 * Who asks for something, as it is stored with what was asked. People and applications come with a token; the queue, the
 * timers and each trigger are principals of their own, so that the access policy can say what they may do.
 */
export type Principal = {
  readonly kind: PrincipalKind;
  /** Object id of a user or application; the name of the queue or timer; the id of the trigger. */
  readonly id: string;
  /** Client id of the application that the token was given to. */
  readonly appId?: string;
  /** Groups and app roles (`role:<name>`) of its token that the policy named when it asked. */
  readonly memberOf?: readonly string[];
};

/** A principal as everybody may see it: without its groups. */
export type Actor = Pick<Principal, 'kind' | 'id' | 'appId'> & {
  /** The door that it came through. */
  readonly via: 'http' | 'queue' | 'timer' | 'unknown';
};

/** Senders are not told apart: Service Bus tells a reader nothing about who sent a message. */
export const QUEUE: Principal = { kind: 'queue', id: 'build-requests' };
export const REFRESH_TIMER: Principal = { kind: 'timer', id: 'refresh' };
export const JANITOR: Principal = { kind: 'timer', id: 'janitor' };
export const UNKNOWN: Principal = { kind: 'unknown', id: 'unknown' };

export function triggerPrincipal(triggerId: string): Principal {
  return { kind: 'trigger', id: triggerId };
}

const DOORS = { user: 'http', app: 'http', queue: 'queue', timer: 'timer', trigger: 'timer' } as const;

export function actorOf({ kind, id, appId }: Principal): Actor {
  const via = kind === 'unknown' ? 'unknown' : DOORS[kind];
  return { kind, id, ...(appId !== undefined && { appId }), via };
}

/** The names by which rules may mean a principal, in lower case. */
export function namesOf({ kind, id, appId, memberOf = [] }: Principal): string[] {
  const own =
    kind === 'user' || kind === 'app' ? [id, ...(appId === undefined ? [] : [appId])] : [`${kind}:${id}`];
  return [...own, ...memberOf].map((name) => name.toLowerCase());
}

/** For messages: who it is, in the words of Azure Resource Manager. */
export function describe({ kind, id, appId }: Principal): string {
  if (kind !== 'user' && kind !== 'app') return `The principal '${kind}:${id}'`;
  return `The client '${appId ?? id}' with object id '${id}'`;
}
