// Checks recorded pairs against Azure's official OpenAPI files with oav's LiveValidator.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import {
  at,
  listAt,
  numberAt,
  objectAt,
  parseObject,
  textAt,
  type JsonObject,
} from '../../../local/azure/json.ts';
import { RECORDED_BEYOND } from '../../support/openapi.ts';

const DATA =
  process.env['KILN_REFERENCE_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const SPECIFICATION = path.join(DATA, 'azure-specs/specification');

/** Why validation cannot run here, or undefined when it can. */
export function missing(): string | undefined {
  try {
    createRequire(import.meta.url).resolve('oav');
  } catch {
    return 'oav is not installed';
  }
  return existsSync(SPECIFICATION)
    ? undefined
    : `no specifications at ${SPECIFICATION} (KILN_REFERENCE_DATA)`;
}

export type Finding = {
  readonly call: string;
  readonly code: string;
  readonly where: string;
  readonly message: string;
};

export type Validation = {
  readonly checked: number;
  readonly unknown: readonly string[];
  readonly findings: readonly Finding[];
};

/** Poll addresses and token end points are in no specification. */
const NO_SPECIFICATION = /operations\/|\/operationresults\/|^\/(adfs|msi|metadata)\//i;

export async function validateRecord(file: string): Promise<Validation> {
  const validator = await openValidator();
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const findings: Finding[] = [];
  const unknown: string[] = [];
  let checked = 0;
  for (const pair of lines.map((line) => parseObject(line) ?? {})) {
    const url = textAt(pair, 'request.url') ?? '';
    if (NO_SPECIFICATION.test(url)) continue;
    const result = await validator(pair);
    if (result === undefined) unknown.push(`${textAt(pair, 'request.method')} ${url}`);
    else {
      checked += 1;
      findings.push(...result);
    }
  }
  return { checked, unknown, findings };
}

async function openValidator() {
  const { LiveValidator } = await import('oav');
  const validator = new LiveValidator(
    {
      directory: SPECIFICATION,
      swaggerPathsPattern: [
        'compute/resource-manager/Microsoft.Compute/*/stable/*/*.json',
        'resources/resource-manager/Microsoft.Resources/stable/*/*.json',
        'network/resource-manager/Microsoft.Network/stable/2024-01-01/*.json',
      ],
      excludedSwaggerPathsPattern: [],
      git: { shouldClone: false, url: '' },
      isPathCaseSensitive: false,
      loadValidatorInBackground: false,
      loadValidatorInInitialize: false,
      isArmCall: false,
    },
    () => undefined,
  );
  await validator.initialize();
  return async (pair: JsonObject): Promise<Finding[] | undefined> => {
    const call = `${textAt(pair, 'request.method')} ${textAt(pair, 'request.url')} ${numberAt(pair, 'response.status')}`;
    const checked: unknown = await validator.validateLiveRequestResponse(toPair(pair));
    const result = parseObject(JSON.stringify(checked)) ?? {};
    if (textAt(result, 'requestValidationResult.runtimeException.message') !== undefined) return undefined;
    const sides = ['requestValidationResult', 'responseValidationResult'];
    const findings = sides.flatMap((side) =>
      listAt(result, `${side}.errors`).map((error) => ({
        call,
        code: textAt(error, 'code') ?? '',
        where: JSON.stringify(at(error, 'jsonPathsInPayload') ?? at(error, 'pathsInPayload') ?? []),
        message: textAt(error, 'message') ?? '',
      })),
    );
    return findings.filter(({ message }) => !RECORDED_BEYOND.test(message));
  };
}

function toPair(pair: JsonObject) {
  const headers = Object.fromEntries(
    Object.entries(objectAt(pair, 'response.headers')).map(([name, value]): [string, string] => [
      name.toLowerCase(),
      typeof value === 'string' ? value : '',
    ]),
  );
  return {
    liveRequest: {
      method: textAt(pair, 'request.method') ?? '',
      url: `https://management.azure.com${textAt(pair, 'request.url')}`,
      headers: { 'content-type': 'application/json' },
      body: objectAt(pair, 'request.body'),
    },
    liveResponse: {
      statusCode: String(numberAt(pair, 'response.status')),
      headers,
      body: (at(pair, 'response.body') ?? {}) as Record<string, unknown>,
    },
  };
}
