import { assertMay } from '../../shared/access/linked.ts';
import { ACTIONS, decide, may } from '../../shared/access/policy.ts';
import { actorOf, type Principal } from '../../shared/model/principal.ts';
import { type Failure } from '../../shared/errors/failure.ts';
import { invalid } from '../../shared/errors/invalid.ts';
import { type Exchange, PROVIDER, type Reply, type Route } from './exchange.ts';
import { parameter } from './query.ts';
import { json } from './reply.ts';

/**
 * Explains what the policy says of somebody. Groups are not looked up: name those that count, separated by commas. The policy tells
 * who works where: of places that are not the caller's it learns what is said of itself alone.
 */
async function checkAccess(exchange: Exchange): Promise<Reply> {
  const { request, commands } = exchange;
  const [who = '', action = '', id = ''] = ['who', 'action', 'id'].map((name) => parameter(request, name));
  const known = ACTIONS.find((one) => one === action);
  const failures: Failure[] = [
    ...(who === ''
      ? [bad('who', 'Write an object id, "queue:build-requests", "timer:refresh" or "trigger:<id>".')]
      : []),
    ...(known === undefined ? [bad('action', `"${action}" is not an action: ${ACTIONS.join(', ')}.`)] : []),
    ...(/^(?:\/|https:\/\/)/.test(id) ? [] : [bad('id', `"${id}" is neither an ARM id nor an https URL.`)]),
  ];
  if (known === undefined || failures.length > 0) throw invalid(failures);
  const principal = principalOf(who);
  const { policy } = commands.gate;
  assertMayAsk(exchange, who, id);
  const verdict = decide(policy, principal, known, id);
  const { via: _via, ...shown } = actorOf(principal);
  const { memberOf } = principal;
  return json({ ...verdict, mode: policy.mode, principal: { ...shown, memberOf }, action, id });
}

function assertMayAsk({ commands, caller }: Exchange, who: string, id: string): void {
  const { policy } = commands.gate;
  if (who === caller.id || may(policy, caller, 'admin', id)) return;
  assertMay(policy, caller, 'read', id);
}

function bad(target: string, message: string): Failure {
  return { code: 'InvalidValue', target, message };
}

/** The first is the principal itself, further ones its groups, roles (`role:<name>`) and client id. */
function principalOf(who: string): Principal {
  const [first = '', ...memberOf] = who.split(',').map((part) => part.trim());
  const [, kind, name = ''] = /^(queue|timer|trigger):(.+)$/.exec(first) ?? [];
  if (kind === 'queue' || kind === 'timer' || kind === 'trigger') return { kind, id: name };
  return { kind: 'user', id: first, memberOf };
}

export const accessRoutes: readonly Route[] = [
  {
    name: 'check-access',
    method: 'GET',
    path: `${PROVIDER}/access`,
    role: 'Admin',
    action: 'read',
    extension: true,
    handle: checkAccess,
  },
];
