import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from './local-kiln.ts';

const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const directory = path.join(data, 'azure-specs/specification');

/** Why the specs cannot be checked here; false when they can. */
export const skipReason: string | false = existsSync(directory)
  ? false
  : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

const PATTERNS = [
  'compute/resource-manager/Microsoft.Compute/*/stable/*/*.json',
  'resources/resource-manager/Microsoft.Resources/stable/*/resources.json',
  'resources/resource-manager/Microsoft.Resources/stable/*/subscriptions.json',
  'network/resource-manager/Microsoft.Network/stable/2024-01-01/*.json',
];

type Exchange = {
  method: string;
  url: string;
  status: number;
  requestBody?: unknown;
  responseBody?: unknown;
  responseHeaders?: Record<string, string>;
};
export type Report = { checked: number; summary: string; exceptions: string[]; violations: string[] };

/**
 * What the specs cannot judge, with the reason. The rest must be valid: request, status code and answer.
 */
const EXCEPTIONS: readonly { readonly matches: (exchange: Exchange) => boolean; readonly reason: string }[] =
  [
    {
      matches: ({ url }) => /operations\/|\/operationresults\//i.test(url),
      reason: 'poll URLs are not in the specs',
    },
    {
      matches: ({ url }) => /\/msi\/|\/adfs\/|\/metadata\//i.test(url),
      reason: 'identity endpoints are not ARM',
    },
    {
      matches: ({ url }) => /\/(shared|community)galleries\//i.test(url),
      reason: 'the specs of galleries of others are not among those at hand',
    },
    {
      matches: ({ status }) => status >= 400,
      reason: 'errors have the common envelope, which each spec lists only as default',
    },
  ];

/** Members that recordings of the same api-versions show (test/conformance/arm-wire) and the specs lack. */
export const RECORDED_BEYOND =
  /not allowed: (replicaType|sizeInBytes|privateEndpointVNetPolicies|ipamPoolPrefixAllocations)$|^GET \S+\/offers\/[^/]+\/skus\?\S+ → 200: answer .*not allowed: properties$/;

/** Holds every exchange of a recording against the official OpenAPI documents, as oav's live validator does it. */
export async function checkRecording(file: string): Promise<Report> {
  const validator = await loadValidator();
  const exchanges = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => toExchange(JSON.parse(line)));
  const skipped = new Map<string, number>();
  const violations = new Set<string>();
  let checked = 0;
  for (const exchange of exchanges) {
    const exception = EXCEPTIONS.find(({ matches }) => matches(exchange));
    if (exception !== undefined) {
      skipped.set(exception.reason, (skipped.get(exception.reason) ?? 0) + 1);
      continue;
    }
    checked += 1;
    for (const problem of await validate(validator, exchange))
      if (!RECORDED_BEYOND.test(problem)) violations.add(problem);
  }
  const exceptions = [...skipped].map(([reason, count]) => `${count} exchanges not checked: ${reason}`);
  return {
    checked,
    exceptions,
    violations: [...violations],
    summary: `${checked} of ${exchanges.length} exchanges checked, ${violations.size} violations`,
  };
}

async function loadValidator(): Promise<any> {
  const { LiveValidator } = createRequire(import.meta.url)('oav');
  const options = {
    directory,
    swaggerPathsPattern: PATTERNS,
    excludedSwaggerPathsPattern: [],
    git: { shouldClone: false },
    isPathCaseSensitive: false,
    loadValidatorInBackground: false,
    loadValidatorInInitialize: false,
    isArmCall: false,
  };
  const validator = new LiveValidator(options, () => undefined);
  await validator.initialize();
  return validator;
}

async function validate(validator: any, exchange: Exchange): Promise<string[]> {
  const { method, url, status, requestBody, responseBody, responseHeaders } = exchange;
  const headers = { 'content-type': 'application/json' };
  const result = await validator.validateLiveRequestResponse({
    liveRequest: {
      method,
      url: `https://management.azure.com${url}`,
      headers,
      ...(requestBody === undefined ? {} : { body: requestBody }),
    },
    liveResponse: {
      statusCode: String(status),
      headers: { ...responseHeaders, ...headers },
      ...(responseBody === undefined ? {} : { body: responseBody }),
    },
  });
  const where = `${method} ${url.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '…')} → ${status}`;
  const problems: string[] = [];
  for (const side of ['requestValidationResult', 'responseValidationResult'] as const) {
    const { errors = [], runtimeException } = result[side];
    for (const error of errors)
      problems.push(
        `${where}: ${side === 'requestValidationResult' ? 'request' : 'answer'} ${error.code} ${error.message}`,
      );
    if (runtimeException !== undefined) problems.push(`${where}: ${runtimeException.message}`);
  }
  return problems;
}

/** A line of the local cloud's recording. */
function toExchange({ request, response }: any): Exchange {
  const { method, url, body } = request;
  const hasBody = ['PUT', 'PATCH', 'POST'].includes(method) && Object.keys(body ?? {}).length > 0;
  return {
    method,
    url,
    status: response.status,
    responseBody: response.body,
    responseHeaders: response.headers,
    ...(hasBody && { requestBody: body }),
  };
}
