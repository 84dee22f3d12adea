import { readdirSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { Failure } from '../../../shared/errors/failure.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { readPatch } from '../../../shared/template/patch.ts';
import { API_VERSIONS, findVersion } from '../../../shared/template/versions/all.ts';
import { REF, SUBSCRIPTION } from '../../support/sample-templates.ts';
import { DATA, loadSpec, type Problem, type Spec } from './swagger.ts';
import { publicTemplates } from './templates.ts';

export const OFFICIAL = API_VERSIONS.filter(({ extensions }) => !extensions).map(({ name }) => name);

/** What the official description and Kiln say about one body. */
export type Verdict = {
  readonly what: string;
  readonly version: string;
  readonly official: readonly Problem[];
  readonly kiln: readonly Failure[];
};

const specs = new Map<string, Spec>();

export function specOf(version: string): Spec {
  const spec = specs.get(version) ?? loadSpec(version);
  specs.set(version, spec);
  return spec;
}

export function judge(what: string, version: string, body: unknown, kind: 'template' | 'patch'): Verdict {
  const ours = findVersion(version);
  if (ours === undefined) throw new Error(`Kiln does not know ${version}.`);
  const read =
    kind === 'template' ? parseTemplate(body, ours, REF) : readPatch(body, ours, REF, { allow: [] });
  const kiln = read.ok ? [] : read.failures;
  return { what, version, official: specOf(version).problemsOfBody(kind, body), kiln };
}

/** Bodies of the published examples of all versions. */
export function judgeExamples(): Verdict[] {
  return OFFICIAL.flatMap((version) => {
    const folder = path.join(DATA, 'imagebuilder-examples', version);
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((file) => /^(?:Create|Update)ImageTemplate/.test(file));
    return files.map((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8')
        .replaceAll('{subscription-id}', SUBSCRIPTION)
        .replaceAll('{updated_vmsize}', 'Standard_D2s_v5')
        .replaceAll(
          '{updated_aci_subnet}',
          `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/s`,
        );
      const { parameters } = JSON.parse(text).parameters;
      return judge(file, version, parameters, file.startsWith('Create') ? 'template' : 'patch');
    });
  });
}

/** The public templates, each in the version that it declares. `unreadable`: texts that are no template at all. */
export function judgeTemplates(): { verdicts: Verdict[]; unreadable: string[] } {
  const templates = publicTemplates();
  return {
    verdicts: templates
      .filter(({ body }) => body !== undefined)
      .map(({ file, version, body }) => judge(file, version, body, 'template')),
    unreadable: templates.filter(({ body }) => body === undefined).map(({ file }) => file),
  };
}
