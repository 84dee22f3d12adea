import type { CommandContext } from '../../shared/commands/context.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { inParallel } from '../../shared/parallel.ts';
import { advance } from '../../shared/requests/advance.ts';
import { templateId } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';

/** Looks at every template that requests wait for. One that cannot be looked at costs only itself. */
export async function advanceAll(context: CommandContext, log: { warn(text: string): void }): Promise<void> {
  await inParallel(await context.store.lines.list(), async (ref) => {
    try {
      await advance(context, ref);
      await forgetIfIdle(context, ref);
    } catch (error) {
      if (!(error instanceof KilnError)) throw error;
      log.warn(`requests: ${templateId(ref)}: ${error.failure.code}: ${error.failure.message}`);
    }
  });
}

/** Whoever joins a line notes it afterwards; so the note is taken away before the line is looked at again. */
async function forgetIfIdle({ store }: CommandContext, ref: TemplateRef): Promise<void> {
  const isIdle = async () => {
    const head = (await store.templates.get(ref))?.value;
    return (head?.line ?? []).length === 0 && head?.activeRun === undefined;
  };
  if (!(await isIdle())) return;
  await store.lines.forget(ref);
  if (!(await isIdle())) await store.lines.note(ref);
}
