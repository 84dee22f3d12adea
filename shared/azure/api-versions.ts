import { KilnError } from '../errors/failure.ts';

/**
 * The api-version of every request, fixed here and not by the SDK's release: a newer one changes what Azure does with
 * the same body (galleries from 2025-03-03 make TrustedLaunch definitions by default, networks from 2025-07-01 have
 * private subnets). These are the newest ones with a complete published description, so that what Kiln sends is what
 * its tests validate.
 */
const PINNED: readonly (readonly [RegExp, string])[] = [
  [/\/providers\/Microsoft\.Compute\/galleries(\/|$)/i, '2023-07-03'],
  [/\/providers\/Microsoft\.Compute\/locations\/[^/]+\/(shared|community)Galleries\//i, '2023-07-03'],
  [/\/providers\/Microsoft\.Compute\/(disks|snapshots)(\/|$)/i, '2024-03-02'],
  [/\/providers\/Microsoft\.Compute\/skus$/i, '2021-07-01'],
  [/\/providers\/Microsoft\.Compute\//i, '2024-07-01'],
  [/\/providers\/Microsoft\.Network\//i, '2024-01-01'],
  [/\/providers\/Microsoft\.ManagedIdentity\//i, '2023-01-31'],
  [/^\/subscriptions\/[^/]+\/(resources|resourcegroups(\/[^/]+(\/resources)?)?)$/i, '2024-07-01'],
];

/** For calls by id, which take their api-version as an argument. Throws KilnError for a type that Kiln never creates. */
export function apiVersionOf(id: string): string {
  const version = PINNED.find(([pattern]) => pattern.test(id))?.[1];
  if (version !== undefined) return version;
  throw new KilnError({
    code: 'AzureRefused',
    message: `Kiln knows no api-version for ${id}: it is of a type that Kiln does not create. Remove it yourself.`,
    target: id,
  });
}

/** Operation URLs (`operations`, `DiskOperations`, `capsOperations`, `operationresults`, …) carry the version that made them. */
const OPERATION = /\/(locations\/[^/]+\/)?\w*operation(s|results|statuses)\/[^/]+$/i;

/** The same URL with the pinned `api-version`; URLs of operations and of unknown resource types stay as they are. */
export function pinApiVersion(url: string): string {
  const { pathname } = new URL(url);
  if (OPERATION.test(pathname)) return url;
  const version = PINNED.find(([pattern]) => pattern.test(pathname))?.[1];
  if (version === undefined) return url;
  // Textual on purpose: URLSearchParams writes the spaces of a `$filter` as `+`, which ARM does not read as spaces.
  return url.replace(/([?&]api-version=)[^&#]*/i, (_, key: string) => `${key}${version}`);
}
