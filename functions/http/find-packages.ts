import { KilnError } from '../../shared/errors/failure.ts';
import { type FoundImage, inRange } from '../../shared/inventory/find.ts';
import { parseRange } from '../../shared/inventory/version-range.ts';
import { isGuid, sameResource, templateId } from '../../shared/model/ids.ts';
import { type Exchange, isVisible, PROVIDER, type Reply, type Route } from './exchange.ts';
import { parameter } from './query.ts';
import { list } from './reply.ts';

/** Longest name of a package that is asked for; no package manager has longer ones. */
const LONGEST_NAME = 512;

/**
 * Images that have a package: `name` is its name or that of its source, `range` bounds its version. Of the subscription in
 * the path, and of templates that the caller may read.
 */
async function findPackages(exchange: Exchange): Promise<Reply> {
  const { request, params, commands } = exchange;
  const name = parameter(request, 'name') ?? '';
  if (name === '' || name.length > LONGEST_NAME) {
    const message = 'name has to be the name of a package, or of the source package that it is built from.';
    throw new KilnError({ code: name === '' ? 'MissingField' : 'InvalidValue', target: 'name', message });
  }
  const range = parseRange(parameter(request, 'range') ?? '');
  const { subscriptionId } = params;
  if (subscriptionId !== undefined && !isGuid(subscriptionId))
    throw new KilnError({ code: 'ResourceNotFound', message: 'There is no such subscription.' });
  const hits = (await commands.store.packageIndex.find(name)).filter(
    ({ image: { ref } }) =>
      (subscriptionId === undefined || sameResource(ref.subscriptionId, subscriptionId)) &&
      isVisible(exchange, ref),
  );
  return list(inRange(hits, range).map(show));
}

function show({ ref, simulated, ...image }: FoundImage): object {
  return { templateId: templateId(ref), template: ref.name, ...image, simulated: simulated === true };
}

const extension = { method: 'GET', role: 'Reader', extension: true, handle: findPackages } as const;

export const findRoutes: readonly Route[] = [
  { name: 'find-packages', path: `${PROVIDER}/packages`, ...extension },
  {
    name: 'find-packages-in-subscription',
    path: `subscriptions/{subscriptionId}/${PROVIDER}/packages`,
    ...extension,
  },
];
