import { type Command, InvalidArgumentError } from 'commander';
import { type AuditEntry, listAudit } from '../api/audit.ts';
import { templatePath } from '../api/template-id.ts';
import { refuse } from '../errors.ts';
import { harmless } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';

type AuditOptions = CommonOptions & { readonly from?: string; readonly to?: string; readonly limit: number };

const PROVIDER = 'providers/Microsoft.VirtualMachineImages';

export function registerAudit(program: Command): void {
  talksToKiln(program.command('audit'))
    .description('show who changed what, newest first')
    .argument('[template]', 'name or id of a template, gone or not (default: all that you may see)')
    .option('--from <time>', 'not before this moment, ISO 8601 (default: a week before the end)')
    .option('--to <time>', 'before this moment, ISO 8601 (default: now)')
    .option('--limit <n>', 'at most so many entries', count, 100)
    .action(async (given: string | undefined, options: AuditOptions) => {
      refuseBackwards(options);
      const session = openSession(options);
      const path = given === undefined ? scopeOf(options) : `${templatePath(session.template(given))}/audit`;
      const found = await listAudit(session.client, path, options);
      const of = given === undefined ? '' : ` of ${harmless(given)}`;
      const none = `The audit has nothing${of} in that time: a week, unless --from or --to say otherwise.`;
      session.out.result(found.length === 0 ? [none] : formatTable(rows(found)), { value: found });
    });
}

function refuseBackwards({ from, to }: AuditOptions): void {
  if (from === undefined || to === undefined || !(Date.parse(from) >= Date.parse(to))) return;
  throw refuse(`--from ${from} is not before --to ${to}.`, 'Exchange the two.');
}

/** Only what was said: a group of local mode that nobody named is no wish to see that group alone. */
function scopeOf({ subscription, resourceGroup }: CommonOptions): string {
  if (subscription === undefined) return `/${PROVIDER}/audit`;
  const group = resourceGroup === undefined ? '' : `/resourceGroups/${encodeURIComponent(resourceGroup)}`;
  return `/subscriptions/${encodeURIComponent(subscription)}${group}/${PROVIDER}/audit`;
}

function rows(entries: readonly AuditEntry[]): string[][] {
  const header = ['TIME', 'ACTION', 'BY', 'WHAT', 'DETAIL'];
  const shown = entries.map(({ at, action, by, resource, runId, revision, detail }) => [
    at.replace(/\.\d+Z$/, 'Z'),
    action,
    whoOf(by),
    nameOf(resource),
    [
      revision === undefined ? '' : `revision ${revision}`,
      runId === undefined ? '' : `run ${runId.slice(0, 8)}`,
      detail ?? '',
    ]
      .filter((part) => part !== '')
      .join(', '),
  ]);
  return [header, ...shown.map((row) => row.map(harmless))];
}

function whoOf({ kind, id, appId }: AuditEntry['by']): string {
  return appId === undefined || appId === id ? `${kind} ${id}` : `${kind} ${id} (${appId})`;
}

/** `group/template` and what is below it; other ids as they are. */
function nameOf(resource: string): string {
  const pattern =
    /\/resourceGroups\/([^/]+)\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/(.+)$/i;
  const [, group, rest] = pattern.exec(resource) ?? [];
  return group === undefined || rest === undefined ? resource : `${group}/${rest}`;
}

function count(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('Write a number from 1.');
}
