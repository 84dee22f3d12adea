import type { Failure } from '../errors/failure.ts';
import { checkShape } from '../template/checker.ts';
import { explain } from '../template/explain.ts';
import { isGroupName, isGuid, resourceGroupId } from '../model/ids.ts';
import { ACTIONS, type Rule, type AccessPolicy } from './policy.ts';
import { ACCESS_POLICY, accessPolicy, type WirePolicy } from './policy-schema.ts';
import { scopeProblem } from './scope.ts';

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failures: readonly Failure[] };

/** Reads a policy document. Every problem at once, each with its JSON pointer. */
export function readPolicy(document: unknown): Read<AccessPolicy> {
  const errors = checkShape(document, ACCESS_POLICY, { urls: { allow: [] }, artifacts: false });
  const isValid = (_value: unknown): _value is WirePolicy => errors.length === 0;
  if (!isValid(document)) {
    const checked = { value: document, schema: accessPolicy, version: '2026-11-01' };
    return {
      ok: false,
      failures: errors.map((error) =>
        error.keyword === 'pattern' ? badPrincipal(error.instancePath) : explain(error, checked),
      ),
    };
  }
  const failures = document.rules.flatMap(({ scopes }, rule) =>
    scopes.flatMap((scope, index) => badScope(scope, `/rules/${rule}/scopes/${index}`)),
  );
  if (failures.length > 0) return { ok: false, failures };
  const rules = document.rules.map(({ name, principals, actions, scopes }) => ({
    name,
    principals: principals.map((one) => one.toLowerCase()),
    actions,
    scopes,
  }));
  return { ok: true, value: { mode: document.mode, rules } };
}

function badPrincipal(target: string): Failure {
  const message =
    'A principal is a GUID (object, client or group id), "role:<app role>", "queue:build-requests", "timer:refresh" or "trigger:<id>".';
  return { code: 'InvalidValue', target, message };
}

function badScope(scope: string, target: string): Failure[] {
  const problem = scopeProblem(scope);
  const message = `"${scope}" is not a scope: ${problem ?? ''}.`;
  return problem === undefined ? [] : [{ code: 'InvalidValue', target, message }];
}

/**
 * The older setting KILN_AUTH_RESTRICT, `{"<object or client id>": ["<group>"]}`, as rules. A bare name is a group of
 * `subscriptionId`: groups of other subscriptions that have the same name are other groups.
 */
export function rulesOfRestrictions(
  restrictions: Readonly<Record<string, readonly string[]>>,
  subscriptionId: string | undefined,
): Read<readonly Rule[]> {
  const failures: Failure[] = [];
  const scopeOf = (group: string): string => {
    if (group.startsWith('/')) {
      failures.push(...badScope(group, 'KILN_AUTH_RESTRICT'));
      return group;
    }
    if (subscriptionId === undefined || !isGuid(subscriptionId) || !isGroupName(group))
      failures.push(unknownGroup(group));
    return resourceGroupId({ subscriptionId: subscriptionId ?? '', resourceGroup: group });
  };
  const value = Object.entries(restrictions).map(([id, groups]) => ({
    name: `KILN_AUTH_RESTRICT ${id}`,
    principals: [id.toLowerCase()],
    actions: ACTIONS,
    scopes: groups.map(scopeOf),
  }));
  return failures.length === 0 ? { ok: true, value } : { ok: false, failures };
}

function unknownGroup(group: string): Failure {
  const message = `KILN_AUTH_RESTRICT has the group "${group}", and KILN_SUBSCRIPTION_ID does not say of which subscription. Write /subscriptions/<id>/resourceGroups/${group}.`;
  return { code: 'InvalidValue', target: 'KILN_AUTH_RESTRICT', message };
}
