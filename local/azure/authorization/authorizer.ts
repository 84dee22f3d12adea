import { ArmError } from '../http/errors.ts';
import type { Method } from '../http/request.ts';
import type { Caller } from '../identity/identity.ts';
import { sameText, type JsonObject } from '../json.ts';
import { groupIdOf } from '../store/ids.ts';
import type { ResourceStore } from '../store/resources.ts';
import { actionOf, type Need } from './action.ts';
import { isAllowed, isBelow, type Assignment } from './assignments.ts';
import { linkedNeeds } from './linked.ts';
import type { Ledger } from './ledger.ts';

/** What is asked for, as the router has found it. */
type Match = {
  readonly route: { readonly operation: string; readonly method: Method; readonly path: string };
  readonly id: string;
};

export type Ask = {
  readonly caller: Caller;
  readonly match: Match;
  readonly body: JsonObject;
};

/**
 * Holds callers to their roles, as Azure does. A client that has no assignment at all owns this cloud: roles are for the app
 * and whoever a file names.
 */
export class Authorizer {
  readonly #assignments: readonly Assignment[];
  readonly #resources: ResourceStore;
  readonly #ledger: Ledger;

  constructor(assignments: readonly Assignment[], resources: ResourceStore, ledger: Ledger) {
    this.#assignments = assignments;
    this.#resources = resources;
    this.#ledger = ledger;
  }

  /** Throws an ArmError 403 that names the first missing action and its scope. */
  check({ caller, match, body }: Ask): void {
    const own = this.#assignments.filter(({ clientId }) => sameText(clientId, caller.clientId));
    if (own.length === 0) return;
    const { route, id } = match;
    const action = actionOf(route.method, route.path);
    if (action === undefined) return;
    const direct = { action, scope: id };
    this.#ledger.write(direct, route.operation);
    if (!isAllowed(own, direct)) throw denied(caller, direct);
    for (const linked of this.#linked(match, body)) {
      this.#ledger.write(linked, route.operation);
      if (!isAllowed(own, linked)) throw linkDenied(caller, direct, linked);
    }
  }

  /** The actions of each role that the caller has at a scope, by an assignment there or above. */
  rolesAt(caller: Caller, scope: string): (readonly string[])[] {
    const own = this.#assignments.filter(({ clientId }) => sameText(clientId, caller.clientId));
    if (own.length === 0) return [['*']];
    return own.filter((given) => isBelow(scope, given.scope)).map(({ actions }) => actions);
  }

  #linked({ route, id }: Match, body: JsonObject): readonly Need[] {
    const subject = route.method === 'DELETE' ? (this.#resources.get(id)?.body ?? {}) : body;
    return linkedNeeds(route.operation, subject, groupIdOf(id));
  }
}

/** Azure's words; clients read action and scope out of them. */
function denied({ clientId, objectId }: Caller, { action, scope }: Need): ArmError {
  const message = `The client '${clientId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  return new ArmError(403, 'AuthorizationFailed', message);
}

function linkDenied({ clientId, objectId }: Caller, direct: Need, linked: Need): ArmError {
  const message = `The client '${clientId}' with object id '${objectId}' has permission to perform action '${direct.action}' on scope '${direct.scope}'; however, it does not have permission to perform action(s) '${linked.action}' on the linked scope(s) '${linked.scope}' (respectively) or the linked scope(s) are invalid.`;
  return new ArmError(403, 'LinkedAuthorizationFailed', message);
}
