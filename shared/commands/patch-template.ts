import { invalid } from '../errors/invalid.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import type { TemplateRef } from '../model/template.ts';
import { parseTemplate } from '../template/parse.ts';
import { applyPatch, readPatch } from '../template/patch.ts';
import type { JsonObject } from '../template/schema/node.ts';
import { NEWEST } from '../template/versions/all.ts';
import type { ApiVersion } from '../template/versions/version.ts';
import { checkConditions, type Conditions, isConditional } from './conditions.ts';
import type { CommandContext } from './context.ts';
import { repeatLostRace } from '../ports/lost-race.ts';
import { findTemplate } from './find-template.ts';
import { submitOnto, type Submitted } from './submit-template.ts';

export type PatchRequest = {
  readonly ref: TemplateRef;
  readonly body: unknown;
  readonly version: ApiVersion;
  readonly conditions: Conditions;
};

/**
 * Changes parts of a template, in a new revision that keeps the scripts of the one before. Throws `ValidationFailed` with every problem,
 * of the patch or of the template that would come out.
 */
export async function patchTemplate(context: CommandContext, request: PatchRequest): Promise<Submitted> {
  const { ref, body, version, conditions } = request;
  const read = readPatch(body, version, ref, context.urls);
  if (!read.ok) throw invalid(read.failures, read.more);
  return repeatLostRace(isConditional(conditions), async () => {
    const current = await findTemplate(context.store, ref);
    checkConditions(current.etag, conditions);
    const submission = merged(context, current.value, read.patch);
    return submitOnto(context, { ...submission, keepsPins: true }, current);
  });
}

/** The patch may come in a later version than the body, so that the whole is one of the newest. */
function merged({ urls }: CommandContext, head: TemplateHead, patch: JsonObject) {
  const { body, failures } = applyPatch(head.body, patch);
  if (failures.length > 0) throw invalid(failures);
  const parsed = parseTemplate(body, NEWEST, head.ref, urls);
  if (!parsed.ok) throw invalid(parsed.failures, parsed.more);
  return { ...parsed, version: NEWEST };
}
