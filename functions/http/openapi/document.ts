import type { JsonObject } from '../../../shared/template/schema/node.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { VERSION } from '../../../shared/version.ts';
import { actionOf, type Route } from '../exchange.ts';
import { ref, SCHEMAS } from './schemas.ts';

type Answer = { readonly status?: 200 | 201 | 202 | 204; readonly schema?: keyof typeof SCHEMAS };
type Operation = Answer & { readonly body?: keyof typeof SCHEMAS; readonly query?: readonly string[] };

const PAGED = ['$top', '$skipToken'];

/** What operations take and answer, by the name of their route; one that is not here answers with some object. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'list-runs': { schema: 'Runs', query: PAGED },
  'get-run': { schema: 'Run' },
  'get-timeline': { schema: 'Timeline' },
  'list-logs': { schema: 'Logs' },
  'read-log': { query: ['offset'] },
  'list-revisions': { schema: 'Revisions' },
  'get-revision': { schema: 'Revision' },
  'list-requests': { schema: 'Requests' },
  'get-refresh': { schema: 'Refresh' },
  'get-request': { schema: 'Request' },
  'list-dead-letters': { schema: 'DeadLetters' },
  'resubmit-dead-letter': { schema: 'DeadLetter' },
  'discard-dead-letter': { schema: 'DeadLetter' },
  'retry-run': { status: 202 },
  'distribute-run': { status: 202, body: 'Targets' },
  'keep-run': { schema: 'Run', body: 'Lease' },
  'release-run': { schema: 'Run' },
  'approve-ring': { status: 204, body: 'Approval' },
  'download-run-output': { schema: 'Download' },
  'get-drain': { schema: 'Drain' },
  'put-drain': { schema: 'Drain', body: 'DrainWish' },
  'delete-drain': { status: 204 },
  'put-artifact': { status: 201, schema: 'Artifact' },
  'delete-artifact': { status: 204 },
  audit: { schema: 'Audit', query: [...PAGED, 'from', 'to'] },
  'audit-of-subscription': { schema: 'Audit', query: [...PAGED, 'from', 'to'] },
  'audit-of-group': { schema: 'Audit', query: [...PAGED, 'from', 'to'] },
  'audit-of-template': { schema: 'Audit', query: [...PAGED, 'from', 'to'] },
  'check-access': { schema: 'Verdict', query: ['who', 'action', 'id'] },
  'get-overview': { schema: 'Overview' },
  'get-doctor': { schema: 'Doctor' },
  'get-template-view': { schema: 'TemplateView', query: PAGED },
  'get-run-view': { schema: 'RunView' },
  'get-trends': { schema: 'Trends' },
  'get-inventory': { schema: 'Inventory', query: ['of'] },
  'get-sbom': { schema: 'Sbom', query: ['format'] },
  'get-diff': { schema: 'Diff', query: ['against', 'format'] },
  'find-packages': { schema: 'FoundImages', query: ['name', 'range'] },
  'find-packages-in-subscription': { schema: 'FoundImages', query: ['name', 'range'] },
  'get-checks': { schema: 'Checks' },
  'get-vulnerabilities': { schema: 'Vulnerabilities' },
  'get-provenance': { schema: 'Provenance' },
  'get-open-api': { schema: 'OpenApi' },
};

/** OpenAPI 3.1 of Kiln's own operations: what Azure VM Image Builder does not have. https://spec.openapis.org/oas/v3.1.1 */
export function openApi(routes: readonly Route[]): JsonObject {
  const own = routes.filter(({ extension }) => extension === true);
  const paths = [...new Set(own.map(({ path }) => path))].map((path): [string, JsonObject] => [
    `/${path}`,
    {
      parameters: parametersOf(path),
      ...Object.fromEntries(
        own
          .filter((route) => route.path === path)
          .map((route) => [route.method.toLowerCase(), operationOf(route)]),
      ),
    },
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kiln',
      version: VERSION,
      description:
        "Kiln's own operations. Those of Azure VM Image Builder have Azure's description: https://github.com/Azure/azure-rest-api-specs",
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ entra: [] }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: SCHEMAS,
      securitySchemes: { entra: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function parametersOf(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function operationOf(route: Route): JsonObject {
  const { name, role } = route;
  const { status = 200, schema, body, query = [] } = OPERATIONS[name] ?? {};
  return {
    operationId: name,
    description: `App role ${role}, action ${actionOf(route)} of the access policy.`,
    parameters: [...(route.anyVersion === true ? [] : [API_VERSION]), ...query.map(queryParameter)],
    ...(body !== undefined && { requestBody: { required: true, content: jsonOf(ref(body)) } }),
    ...(name === 'put-artifact' && {
      requestBody: { required: true, content: { 'application/octet-stream': {} } },
    }),
    responses: {
      [String(status)]: { description: 'Done, or begun.', ...contentOf(name, { status, schema }) },
      default: { description: 'A refusal.', content: jsonOf(ref('Refusal')) },
    },
  };
}

const API_VERSION: JsonObject = {
  name: 'api-version',
  in: 'query',
  required: true,
  schema: { type: 'string', const: NEWEST.name },
};

const queryParameter = (name: string): JsonObject => ({ name, in: 'query', schema: { type: 'string' } });

const jsonOf = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });

function contentOf(
  name: string,
  { status, schema }: { readonly status: number; readonly schema: keyof typeof SCHEMAS | undefined },
): JsonObject {
  if (status === 202 || status === 204) return {};
  if (name === 'read-log') return { content: { 'text/plain': {} } };
  return { content: jsonOf(schema === undefined ? { type: 'object' } : ref(schema)) };
}
