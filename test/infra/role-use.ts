import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';

/** An action that the app asked the local cloud for, where, and by which call. A line of the cloud's ledger. */
export type Use = { readonly action: string; readonly scope: string; readonly operation: string };

export type Difference = {
  readonly role: string;
  readonly action: string;
  readonly kind: 'missing' | 'unused';
  /** A call that asked for it. */
  readonly use?: Use;
};

export type Roles = ReadonlyMap<string, readonly string[]>;

export function readRoles(): Roles {
  const files = globSync('infra/roles/*.json', { cwd: ROOT }).sort();
  return new Map(
    files.map((file) => {
      const { actions } = JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
      return [path.basename(file, '.json'), actions.map((entry: any) => entry.action)];
    }),
  );
}

export function readLedger(folder: string): Use[] {
  if (!existsSync(folder)) return [];
  return globSync('*.jsonl', { cwd: folder }).flatMap((file) =>
    readFileSync(path.join(folder, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

/** Per role and action, the first call that needed it. */
export function byRole(uses: readonly Use[]): Map<string, Map<string, Use>> {
  const staging = new Set(uses.filter(isMachine).map(({ scope }) => groupOf(scope)));
  const found = new Map<string, Map<string, Use>>();
  for (const use of uses) {
    const role = roleOf(use, staging);
    const actions = found.get(role) ?? new Map<string, Use>();
    const key = use.action.toLowerCase();
    if (!actions.has(key)) actions.set(key, use);
    found.set(role, actions);
  }
  return found;
}

/** What a role lacks, and what it has without need. */
export function compare(roles: Roles, uses: readonly Use[]): Difference[] {
  const used = byRole(uses);
  const names = new Set([...roles.keys(), ...used.keys()]);
  return [...names].flatMap((role) => {
    const given = roles.get(role) ?? [];
    const needed = used.get(role) ?? new Map<string, Use>();
    const has = new Set(given.map((action) => action.toLowerCase()));
    return [
      ...[...needed]
        .filter(([key]) => !has.has(key))
        .map(([, use]): Difference => ({ role, action: use.action, kind: 'missing', use })),
      ...given
        .filter((action) => !needed.has(action.toLowerCase()))
        .map((action): Difference => ({ role, action, kind: 'unused' })),
    ];
  });
}

/** One line that says what to do. */
export function explain({ role, action, kind, use }: Difference): string {
  const file = `infra/roles/${role}.json`;
  if (kind === 'unused')
    return `${file} has ${action}, which no end-to-end test needs. Remove it, or add the test that needs it.`;
  return `${file} lacks ${action}. ${use?.operation} asked for it at ${use?.scope}. Add {"action": "${action}", "why": "…"} if the product needs it.`;
}

/** Where the scope is decides whose role it is: a subscription, a group for builds, or a group of somebody else's. */
function roleOf({ action, scope }: Use, staging: ReadonlySet<string>): string {
  if (/^Microsoft\.Resources\/subscriptions\/resourceGroups\/(write|delete)$/i.test(action))
    return 'group-maker';
  const group = groupOf(scope);
  if (group === '') return 'catalogue-reader';
  if (/^Microsoft\.ManagedIdentity\//i.test(action)) return 'identity-assigner';
  if (staging.has(group) || /^(it_|kiln-checkpoints-)/.test(group)) return 'builder';
  // The API looks groups up for its clients, wherever they are in the subscription.
  if (/^Microsoft\.Resources\/subscriptions\/resourceGroups\/read$/i.test(action)) return 'catalogue-reader';
  return /^Microsoft\.Network\//i.test(action) ? 'network-user' : 'publisher';
}

function isMachine({ action }: Use): boolean {
  return /^Microsoft\.Compute\/virtualMachines\/write$/i.test(action);
}

function groupOf(scope: string): string {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(scope)?.[1]?.toLowerCase() ?? '';
}
