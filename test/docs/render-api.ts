import { actionOf, type Route } from '../../functions/http/exchange.ts';
import { ROUTES } from '../../functions/http/routes.ts';
import { API_VERSIONS, NEWEST } from '../../shared/template/versions/all.ts';

const TEMPLATE =
  /^subscriptions\/\{subscriptionId\}\/resourceGroups\/\{resourceGroup\}\/providers\/Microsoft\.VirtualMachineImages\/imageTemplates\/\{name\}/;
const PROVIDER = 'providers/Microsoft.VirtualMachineImages';

/** docs/api.md */
export function renderApi(): string {
  const own = ROUTES.filter(({ extension }) => extension === true);
  const azures = ROUTES.filter(({ anyVersion }) => anyVersion === true);
  const official = ROUTES.filter((route) => !own.includes(route) && !azures.includes(route));
  return [
    '# REST API',
    '',
    'Generated from the routes in `functions/http`; do not edit. Bodies: [template.md](template.md); errors: [errors.md](errors.md); tokens and',
    'roles: [access.md](access.md); clients and differences to Azure VM Image Builder: [azure-clients.md](azure-clients.md).',
    '',
    `Every request has \`?api-version=\`: ${API_VERSIONS.map(({ name }) => `\`${name}\``).join(', ')}. Paths ignore case and doubled slashes.`,
    `\`{T}\` is \`/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/${PROVIDER}/imageTemplates/{name}\`, \`{P}\` is \`/${PROVIDER}\`.`,
    '',
    '## Operations of Azure VM Image Builder',
    '',
    ...table(official, ({ since }) => (since === undefined ? 'all' : `from \`${since}\``)),
    '',
    'PUT, PATCH, run, cancel and DELETE answer with `Azure-AsyncOperation` (202 also with `Location`) and `Retry-After: 1`; the operation is',
    '`InProgress` until it is `Succeeded`, `Failed` or `Canceled`. PUT takes `?strictCreate=true`; PUT, PATCH and DELETE take `If-Match` and',
    '`If-None-Match` with the `ETag` of an answer. Lists take `$top`, `$skipToken` (in `nextLink`) and `$filter` by tag.',
    'Before `2021-10-01` an error is `{"code", "message"}`, since then it is below `error`.',
    '',
    "## Kiln's own",
    '',
    ...table(own, () => `\`${NEWEST.name}\``),
    '',
    '## Look-ups',
    '',
    'Passed on to Azure Resource Manager with whatever `api-version` the client asks for.',
    '',
    ...table(azures, () => "Azure's"),
    '',
    '`GET /health` needs no token and says whether the app can work at all.',
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
