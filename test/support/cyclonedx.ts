import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';

const library = path.dirname(
  createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json'),
);

function schema(name: string) {
  return JSON.parse(readFileSync(path.join(library, 'res/schema', name), 'utf8'));
}

function cycloneDxCheck() {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(schema('spdx.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
  ajv.addSchema(
    schema('jsf-0.82.SNAPSHOT.schema.json'),
    'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json',
  );
  return ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));
}

/** The official schema of CycloneDX 1.6, which comes with its library. */
export const isCycloneDx = cycloneDxCheck();

export function cycloneDxErrors(bom: unknown): readonly unknown[] {
  return isCycloneDx(bom) ? [] : (isCycloneDx.errors ?? []);
}
