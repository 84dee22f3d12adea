import { actionOf, type Route } from '../../functions/http/exchange.ts';
import { ROUTES } from '../../functions/http/routes.ts';
import { renderBodies } from './render-bodies.ts';
import { API_VERSIONS, NEWEST } from '../../shared/template/versions/all.ts';

const TEMPLATE =
  /^subscriptions\/\{subscriptionId\}\/resourceGroups\/\{resourceGroup\}\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/\{name\}/;
const PROVIDER = 'providers/Microsoft.VirtualMachineImages';

/** docs/api.md */
export function renderApi(): string {
  const own = ROUTES.filter(({ extension }) => extension === true);
  const azures = ROUTES.filter(({ anyVersion, extension }) => anyVersion === true && extension !== true);
  const official = ROUTES.filter((route) => !own.includes(route) && !azures.includes(route));
  return [
    '# REST API',
    '',
    'Generated from the routes and the OpenAPI document in `functions/http`; do not edit. Templates: [template.md](template.md); errors: [errors.md](errors.md); tokens and',
    'roles: [access.md](access.md); clients and differences to Azure VM Image Builder: [azure-clients.md](azure-clients.md).',
    '',
    `Every request has \`?api-version=\`: ${API_VERSIONS.map(({ name }) => `\`${name}\``).join(', ')}. Paths ignore case, and slashes that are doubled after the first.`,
    `\`{T}\` is \`/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${PROVIDER}/imageTemplates/{name}\`, \`{P}\` is \`/${PROVIDER}\`.`,
    '',
    '## Operations of Azure VM Image Builder',
    '',
    ...table(official, ({ since }) => (since === undefined ? 'all' : `from \`${since}\``)),
    '',
    'PUT, PATCH, run, cancel and DELETE answer with `Azure-AsyncOperation` (202 also with `Location`) and `Retry-After: 1`; the operation is',
    '`InProgress` until it is `Succeeded`, `Failed` or `Canceled`. PUT takes `?strictCreate=true`; PUT, PATCH and DELETE take `If-Match` and',
    '`If-None-Match` with the `ETag` of an answer. Lists take `$top`, `$skipToken` (in `nextLink`) and `$filter` by tag.',
    'Templates come a thousand at a time at most, runs a hundred, the newest first.',
    'Before `2021-10-01` an error is `{"code", "message"}`, since then it is below `error`.',
    '',
    "## Kiln's own",
    '',
    ...table(own, ({ anyVersion }) => (anyVersion === true ? 'any' : `\`${NEWEST.name}\``)),
    '',
    '`GET /openapi.json` describes these operations in OpenAPI 3.1; what follows is made of it.',
    '',
    '`overview`, `doctor` and both `view` hold all that one page shows: they answer with an `ETag` (304 to `If-None-Match` while nothing is new) and',
    '`Retry-After`, the seconds after which another look is worth it. They show templates that the caller may `read`, and what it may do with each (`may`).',
    '',
    ...renderBodies(),
    '',
    '## Look-ups',
    '',
    'Passed on to Azure Resource Manager with whatever `api-version` the client asks for.',
    '',
    ...table(azures, () => "Azure's"),
    '',
    '`GET /health` needs no token and says whether the app can work at all; nor do the files of the [web page](dashboard.md) at `/ui/`.',
    '',
  ].join('\n');
}

function table(routes: readonly Route[], versions: (route: Route) => string): string[] {
  const rows = routes.map(
    (route) =>
      `| ${route.name.replaceAll('-', ' ')} | ${route.method} | \`${short(route.path)}\` | ${route.role} | \`${actionOf(route)}\` | ${versions(route)} |`,
  );
  return [
    '| operation | method | path | role | action of the policy | api-version |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}

function short(path: string): string {
  return TEMPLATE.test(path) ? path.replace(TEMPLATE, '{T}') : `/${path}`.replace(`/${PROVIDER}`, '{P}');
}
