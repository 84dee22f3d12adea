import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject, listAt, sameText, textAt, type JsonObject } from '../json.ts';
import { split } from '../http/segments.ts';
import { SYSTEM_ASSIGNED } from '../identity/identity.ts';
import type { Need } from './action.ts';

/** A role given to a client at a scope, as an assignment in Azure. */
export type Assignment = {
  readonly clientId: string;
  /** Id of a subscription, group or resource; it holds for everything below. */
  readonly scope: string;
  readonly actions: readonly string[];
};

/**
 * Reads a file `{"assignments": [{"role": "<role file>", "scope": "/subscriptions/…", "clientId"?: "…"}]}`. The role's path is
 * relative to the file; without `clientId` it is the app's own identity. Throws when a file is not of that form.
 */
export function loadAssignments(file: string): readonly Assignment[] {
  return listAt(readObject(file), 'assignments').map((entry, index) => {
    const [role, scope] = [textAt(entry, 'role'), textAt(entry, 'scope')];
    if (role === undefined || scope?.startsWith('/subscriptions/') !== true)
      throw new Error(
        `${file}: assignments[${index}] needs "role", the path of a role file, and "scope", an ARM id.`,
      );
    const actions = loadActions(path.resolve(path.dirname(file), role));
    return { clientId: textAt(entry, 'clientId') ?? SYSTEM_ASSIGNED, scope, actions };
  });
}

/** The actions of a role file: `{"actions": [{"action": "…", "why": "…"}]}`. */
function loadActions(file: string): readonly string[] {
  const actions = listAt(readObject(file), 'actions').map((entry) => textAt(entry, 'action'));
  const named = actions.filter((action) => action !== undefined);
  if (named.length === 0 || named.length < actions.length)
    throw new Error(`${file} needs "actions", a list of {"action", "why"}.`);
  return named;
}

/** True when one of the client's assignments covers the scope and has the action. */
export function isAllowed(assignments: readonly Assignment[], { action, scope }: Need): boolean {
  return assignments.some(
    (given) => isBelow(scope, given.scope) && given.actions.some((pattern) => covers(pattern, action)),
  );
}

export function isBelow(scope: string, above: string): boolean {
  const inner = split(scope);
  return split(above).every((segment, index) => sameText(segment, inner[index]));
}

/** `*` stands for anything, slashes included. https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions */
function covers(pattern: string, action: string): boolean {
  const literal = pattern.split('*').map((part) => part.replaceAll(/[^\w/]/g, String.raw`\$&`));
  return new RegExp(`^${literal.join('.*')}$`, 'i').test(action);
}

function readObject(file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read as JSON.`, { cause });
  }
  if (!isObject(value)) throw new Error(`${file} is no JSON object.`);
  return value;
}
