import { KilnError } from '../errors/failure.ts';
import { inParallel } from '../parallel.ts';
import type { TemplateHead } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import { templateId } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { isObject } from '../template/schema/node.ts';
import { circleThrough, linksOf } from './lineage.ts';

/** Throws `RefreshLoop` when building this template would, by way of others, make it be built again for ever. */
export async function assertNoCircle(store: Store, ref: TemplateRef): Promise<void> {
  const head = (await store.templates.get(ref))?.value;
  // What is not built again by itself is in no circle: most templates, and a look at all of them is long.
  if (head === undefined || !(await followsItsSource(store, head))) return;
  const heads = await store.templates.list({ subscriptionId: ref.subscriptionId });
  const follows = await inParallel(heads, (head) => followsItsSource(store, head));
  const links = heads.filter((_, index) => follows[index]).map(linksOf);
  const own = links.find(({ id }) => id === templateId(ref).toLowerCase());
  const circle = own && circleThrough(own, links);
  if (circle === undefined) return;
  const message = `${circle.join(' → ')}: each is built from the one before when that has a new version, so that they would be built for ever. Take one out of the circle, or set its refresh.onSourceUpdate to false.`;
  throw new KilnError({ code: 'RefreshLoop', message, target: '/properties/refresh' });
}

async function followsItsSource(store: Store, { ref, body }: TemplateHead): Promise<boolean> {
  const properties = isObject(body) && isObject(body['properties']) ? body['properties'] : {};
  const { refresh, source } = properties;
  if (!isObject(source) || typeof source['imageVersionId'] !== 'string') return false;
  if (isObject(refresh)) return refresh['onSourceUpdate'] !== false;
  return (await store.triggers.list(ref)).length > 0;
}
