import { accessRoutes } from './access-check.ts';
import { artifactRoutes } from './artifacts.ts';
import { auditRoutes } from './audit.ts';
import { drainRoutes } from './drain.ts';
import type { Route } from './exchange.ts';
import { imageTemplateRoutes } from './image-templates.ts';
import { lookupRoutes } from './lookups.ts';
import { operationRoutes } from './operations.ts';
import { providerOperationRoutes } from './provider-operations.ts';
import { requestRoutes } from './requests.ts';
import { runOutputRoutes } from './run-outputs.ts';
import { runRetryRoutes } from './run-retry.ts';
import { runRoutes } from './runs.ts';
import { triggerRoutes } from './triggers.ts';

/** Every path of the API. */
export const ROUTES: readonly Route[] = [
  ...imageTemplateRoutes,
  ...runRoutes,
  ...requestRoutes,
  ...runRetryRoutes,
  ...runOutputRoutes,
  ...triggerRoutes,
  ...operationRoutes,
  ...providerOperationRoutes,
  ...drainRoutes,
  ...lookupRoutes,
  ...artifactRoutes,
  ...auditRoutes,
  ...accessRoutes,
];

type Match = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

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
  const matches = ROUTES.flatMap((route) => {
    const params = match(route.path.split('/'), segments);
    return params === undefined ? [] : [{ route, params }];
  });
  const found = matches.find(({ route }) => route.method === method);
  return found ?? { route: undefined, methods: matches.map(({ route }) => route.method) };
}

function match(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? '';
    const parameter = /^\{(?<name>\w+)\}$/.exec(part)?.groups?.['name'];
    if (parameter !== undefined) params[parameter] = decode(segment);
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
