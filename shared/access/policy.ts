import { namesOf, type Principal } from '../model/principal.ts';
import { contains, scopePath } from './scope.ts';

export const ACTIONS = ['read', 'run', 'write', 'approve', 'admin'] as const;
export type Action = (typeof ACTIONS)[number];

/** Principals × actions × scopes. Rules only give; all that name a principal add up. */
export type Rule = {
  readonly name: string;
  /** In lower case, as `namesOf` gives them. */
  readonly principals: readonly string[];
  readonly actions: readonly Action[];
  /** ARM ids, or URLs of vaults and blob containers: each with everything below it. `/`: everything. */
  readonly scopes: readonly string[];
};

export type AccessPolicy = {
  /** What becomes of principals that no rule names: everything is open to them, or nothing. */
  readonly mode: 'open' | 'deny';
  readonly rules: readonly Rule[];
};

/** A deployment of one team: app roles alone decide. */
export const OPEN: AccessPolicy = { mode: 'open', rules: [] };

export type Verdict = {
  readonly allowed: boolean;
  /** The whole reason, as a sentence. */
  readonly reason: string;
  /** Names of the rules that allow it. */
  readonly rules: readonly string[];
};

/** Whether a principal may do something at an ARM id or URL, and why. */
export function decide(policy: AccessPolicy, principal: Principal, action: Action, id: string): Verdict {
  const own = rulesOf(policy, principal);
  const giving = own.filter((rule) => gives(rule, action, id)).map(({ name }) => name);
  if (giving.length > 0) return { allowed: true, reason: `${list(giving)} allows it.`, rules: giving };
  if (own.length === 0 && policy.mode === 'open')
    return { allowed: true, reason: 'No rule names the principal, and the mode is "open".', rules: [] };
  const reason =
    own.length === 0
      ? 'No rule names the principal, and the mode is "deny".'
      : `The rules that name the principal (${list(own.map(({ name }) => name))}) do not give "${action}" there.`;
  return { allowed: false, reason, rules: [] };
}

export function may(policy: AccessPolicy, principal: Principal, action: Action, id: string): boolean {
  return decide(policy, principal, action, id).allowed;
}

/** Whether a rule says so, whatever the mode: for what is off unless somebody allows it. */
export function isGranted(policy: AccessPolicy, principal: Principal, action: Action, id: string): boolean {
  return rulesOf(policy, principal).some((rule) => gives(rule, action, id));
}

/** Whether there may be something at or below an id that the principal may see: lists show those and no others. */
export function mayWithin(policy: AccessPolicy, principal: Principal, action: Action, id: string): boolean {
  if (may(policy, principal, action, id)) return true;
  const path = scopePath(id);
  return rulesOf(policy, principal).some(
    (rule) => rule.actions.includes(action) && rule.scopes.some((scope) => contains(path, scopePath(scope))),
  );
}

/** No rule names it and the mode is open: there is nothing to look up for it. */
export function isUnrestricted(policy: AccessPolicy, principal: Principal): boolean {
  return policy.mode === 'open' && rulesOf(policy, principal).length === 0;
}

/** The same for principals of whom the policy says the same: what it gives to one of them it gives to each. */
export function rulesKeyOf(policy: AccessPolicy, principal: Principal): string {
  return rulesOf(policy, principal)
    .map((rule) => policy.rules.indexOf(rule))
    .join();
}

/** Groups and roles of a token that a rule names: the others decide nothing and need not be stored. */
export function namedIn({ rules }: AccessPolicy, names: readonly string[]): string[] {
  return names.filter((name) => rules.some(({ principals }) => principals.includes(name.toLowerCase())));
}

function rulesOf({ rules }: AccessPolicy, principal: Principal): Rule[] {
  const names = namesOf(principal);
  return rules.filter(({ principals }) => principals.some((one) => names.some((name) => isMeant(one, name))));
}

/** A rule may mean one trigger by its whole id, or all triggers below a scope. */
function isMeant(principal: string, name: string): boolean {
  if (principal === name) return true;
  const [prefix, scope] = [principal.slice(0, TRIGGER.length), principal.slice(TRIGGER.length)];
  return (
    prefix === TRIGGER &&
    name.startsWith(TRIGGER) &&
    contains(scopePath(scope), scopePath(name.slice(TRIGGER.length)))
  );
}

const TRIGGER = 'trigger:';

function gives({ actions, scopes }: Rule, action: Action, id: string): boolean {
  const path = scopePath(id);
  return actions.includes(action) && scopes.some((scope) => contains(scopePath(scope), path));
}

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
