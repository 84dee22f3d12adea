import { KilnError } from '../errors/failure.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import type { Store, Stored } from '../ports/store.ts';
import type { TemplateRef } from '../model/template.ts';

/** The head of a template. Throws `ResourceNotFound` when there is none. */
export async function findTemplate(
  { templates }: Pick<Store, 'templates'>,
  ref: TemplateRef,
): Promise<Stored<TemplateHead>> {
  const found = await templates.get(ref);
  if (found === undefined) throw absent(ref);
  return found;
}

export function absent({ name, resourceGroup }: TemplateRef): KilnError {
  const message = `There is no template "${name}" in resource group "${resourceGroup}".`;
  return new KilnError({ code: 'ResourceNotFound', message });
}
