import type { CommandContext } from '../commands/context.ts';
import { submitTemplate } from '../commands/submit-template.ts';
import { invalid } from '../errors/invalid.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { parseTemplate } from '../template/parse.ts';
import { findVersion, NEWEST } from '../template/versions/all.ts';

/** A new revision of the same body, which fetches its scripts again. A checksum in the template is still enforced. */
export async function pinAgain(context: CommandContext, head: TemplateHead): Promise<void> {
  const version = findVersion(head.bodyApiVersion) ?? NEWEST;
  const parsed = parseTemplate(head.body, version, head.ref, context.urls);
  if (!parsed.ok) throw invalid(parsed.failures, parsed.more);
  const { template, body } = parsed;
  await submitTemplate(context, { template, body, version, conditions: {}, pinAgain: true });
}
