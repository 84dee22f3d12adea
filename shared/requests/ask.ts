import { assertMay } from '../access/linked.ts';
import { assertMayUse } from '../access/of-run.ts';
import { isGranted } from '../access/policy.ts';
import type { CommandContext } from '../commands/context.ts';
import { type Failure, KilnError } from '../errors/failure.ts';
import { invalid } from '../errors/invalid.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { isObject } from '../template/schema/node.ts';

// Whoever may send to the queue is told apart by nobody: what a message may do is what its template and the policy let it.

/** Throws `Forbidden` unless a rule lets messages bring templates along: the sender would be a Builder otherwise. */
export function assertMaySubmit({ gate, actor }: CommandContext, ref: TemplateRef): void {
  const id = templateId(ref);
  if (isGranted(gate.policy, actor, 'write', id)) return;
  const message = `A message may not bring a template along: no rule of the access policy gives "write" on ${id} to "queue:build-requests". Submit the template by the API, and send its id alone.`;
  throw new KilnError({ code: 'Forbidden', message, target: '/template' });
}

/** Throws unless the caller may have a run of the template with these parameters; what the template lacks, all at once. */
export async function assertMayAsk(
  context: CommandContext,
  head: TemplateHead,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { gate, actor } = context;
  const id = templateId(head.ref);
  assertMay(gate.policy, actor, 'run', id);
  const declared = declaredBy(head);
  if (actor.kind === 'queue' && declared === undefined && !isGranted(gate.policy, actor, 'run', id))
    throw notAsked(head);
  const foreign = Object.keys(parameters).filter((name) => declared?.includes(name) !== true);
  if (foreign.length > 0) throw invalid(foreign.map((name) => undeclared(head, name)));
  await assertMayUse(context, head);
}

/** Undefined when the template does not say that messages may ask for it. */
function declaredBy({ body }: TemplateHead): readonly string[] | undefined {
  const properties = isObject(body) ? body['properties'] : undefined;
  const section = isObject(properties) ? properties['buildRequests'] : undefined;
  if (!isObject(section)) return undefined;
  const names: unknown = section['parameters'];
  return Array.isArray(names) ? names.map(String) : [];
}

function notAsked({ ref }: TemplateHead): KilnError {
  const message = `Template ${ref.name} takes no requests by message. Give it "buildRequests": {} in api-version 2026-11-01, or let a rule of the access policy give "run" on it to "queue:build-requests".`;
  return new KilnError({ code: 'Forbidden', message, target: '/templateId' });
}

function undeclared({ ref }: TemplateHead, name: string): Failure {
  const message = `Template ${ref.name} does not declare the parameter "${name}". Add it to buildRequests.parameters of the template, or leave it out.`;
  return { code: 'InvalidValue', target: `/parameters/${name}`, message };
}
