import { getDiff } from '../api/inventory.ts';
import type { Run, TemplateId } from '../api/types.ts';
import type { Session } from '../commands/common.ts';

/** Of a diff that may be as long as a list of packages. */
const LINES = 16;

/** What the build has added to its source. */
export async function newInImage(session: Session, template: TemplateId, run: Run): Promise<string[]> {
  if (run.inventory?.sinceSource === undefined) return [];
  const text = await getDiff(session.client, { template, id: run.id }, 'source', 'text');
  const lines = text.trimEnd().split('\n');
  const rest = lines.length - LINES;
  const more = rest > 0 ? [`    … ${rest} more lines: kiln diff source ${template.name}`] : [];
  return ['', 'What is new in the image:', ...lines.slice(0, LINES).map((line) => `  ${line}`), ...more];
}
