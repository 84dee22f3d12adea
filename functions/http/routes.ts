import { accessRoutes } from './access-check.ts';
import { artifactRoutes } from './artifacts.ts';
import { auditRoutes } from './audit.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { doctorRoutes } from './doctor.ts';
import { drainRoutes } from './drain.ts';
import type { Route } from './exchange.ts';
import { findRoutes } from './find-packages.ts';
import { imageTemplateRoutes } from './image-templates.ts';
import { inventoryRoutes } from './inventory-routes.ts';
import { proofRoutes } from './proof-routes.ts';
import { keptRoutes } from './kept.ts';
import { lookupRoutes } from './lookups.ts';
import { openApi } from './openapi/document.ts';
import { operationRoutes } from './operations.ts';
import { providerOperationRoutes } from './provider-operations.ts';
import { json } from './reply.ts';
import { provenanceRoutes } from './provenance.ts';
import { requestRoutes } from './requests.ts';
import { revisionRoutes } from './revisions.ts';
import { runOutputRoutes } from './run-outputs.ts';
import { runRetryRoutes } from './run-retry.ts';
import { runRoutes } from './runs.ts';
import { trendRoutes } from './trends.ts';
import { triggerRoutes } from './triggers.ts';
import { viewRoutes } from './views.ts';

/** Every path of the API. */
export const ROUTES: readonly Route[] = [
  ...imageTemplateRoutes,
  ...runRoutes,
  ...revisionRoutes,
  ...inventoryRoutes,
  ...findRoutes,
  ...trendRoutes,
  ...proofRoutes,
  ...provenanceRoutes,
  ...requestRoutes,
  ...deadLetterRoutes,
  ...runRetryRoutes,
  ...keptRoutes,
  ...runOutputRoutes,
  ...triggerRoutes,
  ...operationRoutes,
  ...providerOperationRoutes,
  ...drainRoutes,
  ...lookupRoutes,
  ...artifactRoutes,
  ...auditRoutes,
  ...accessRoutes,
  ...viewRoutes,
  ...doctorRoutes,
  {
    name: 'get-open-api',
    method: 'GET',
    path: 'openapi.json',
    role: 'Reader',
    extension: true,
    anyVersion: true,
    handle: () => Promise.resolve(json(openApi(ROUTES))),
  },
];

type Match = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

type Part = { readonly literal: string } | { readonly parameter: string };

/** Taken apart once: each request is compared with all of them. */
const KNOWN = ROUTES.map((route) => ({ route, parts: route.path.split('/').map(partOf) }));

function partOf(text: string): Part {
  const parameter = /^\{(?<name>\w+)\}$/.exec(text)?.groups?.['name'];
  return parameter === undefined ? { literal: text.toLowerCase() } : { parameter };
}

/**
 * Finds the route of a path as the Functions host does, literal segments in any case, and also where a client doubled a
 * slash (`az resource` writes `/providers/NS//type/name`), which no host route template can match.
 * `methods`: what the path has when the method is not among them; nothing is at an undefined path.
 */
export function findRoute(
  method: string,
  path: string | undefined,
): Match | { readonly route: undefined; readonly methods: readonly string[] } {
  const segments = path?.split('/').filter((segment) => segment !== '') ?? [];
  const lower = segments.map((segment) => segment.toLowerCase());
  const matches = KNOWN.filter(
    ({ parts }) =>
      parts.length === segments.length &&
      parts.every((part, index) => 'parameter' in part || part.literal === lower[index]),
  );
  const found = matches.find(({ route }) => route.method === method);
  if (found === undefined) return { route: undefined, methods: matches.map(({ route }) => route.method) };
  return { route: found.route, params: paramsOf(found.parts, segments) };
}

function paramsOf(parts: readonly Part[], segments: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts.flatMap((part, index) =>
      'parameter' in part ? [[part.parameter, decode(segments[index] ?? '')]] : [],
    ),
  );
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
