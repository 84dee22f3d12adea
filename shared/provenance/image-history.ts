import { withoutSecrets } from '../model/url-policy.ts';
import type { Run } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { BuildPlan } from '../model/plan.ts';
import type { ImageTemplate } from '../model/template.ts';
import type { Timestamp } from '../model/timestamp.ts';
import { contentOf } from '../planning/fingerprint.ts';
import { VERSION } from '../version.ts';
import { secretNamesOf, sourceOf, sha256 } from './statement.ts';
import type { Descriptor } from './subject.ts';

/**
 * What an image says of itself, for whoever has a machine of it and nothing else. Everybody who can log in there reads
 * it: no values of secrets and parameters, no signature of a URL, and not who asked for the build.
 */
export type ImageHistory = {
  readonly schema: 1;
  readonly run: string;
  readonly template: string;
  readonly revision: number;
  /** SHA-256 of the revision as Kiln keeps it: the same as in the provenance. */
  readonly templateDigest: string;
  readonly builder: { readonly deployment: string; readonly version: string };
  readonly startedAt: Timestamp;
  readonly writtenAt: Timestamp;
  readonly source: Descriptor;
  /** The steps up to this one were carried out by that run. */
  readonly checkpoint?: { readonly run: string; readonly step: string; readonly number: number };
  /** What the request gave values to. */
  readonly parameters: readonly string[];
  readonly steps: readonly HistoryStep[];
};

type HistoryStep = {
  readonly name: string;
  readonly type: string;
  readonly uri?: string;
  readonly sha256?: string;
  /** Names of the variables that it had secrets in. */
  readonly secrets?: readonly string[];
};

type Known = {
  readonly appName: string;
  readonly plan: Pick<BuildPlan, 'source'>;
  readonly run: Run;
  readonly template: ImageTemplate;
  readonly now: Timestamp;
};

export function imageHistory({ appName, plan, run, template, now }: Known): ImageHistory {
  return {
    schema: 1,
    run: run.id,
    template: templateId(run.ref),
    revision: run.revision,
    templateDigest: sha256(JSON.stringify(template)),
    builder: { deployment: appName, version: VERSION },
    startedAt: run.startTime,
    writtenAt: now,
    source: sourceOf(run, plan),
    ...checkpointOf(run),
    parameters: Object.keys(run.parameters ?? {}),
    steps: template.properties.customize.map((step) => {
      const { sha256: digest = '', uri } = contentOf(step) ?? {};
      return {
        name: step.name,
        type: step.type,
        ...(uri !== undefined && { uri: withoutSecrets(uri) }),
        ...(digest !== '' && { sha256: digest }),
        ...secretNamesOf(step),
      };
    }),
  };
}

function checkpointOf({ checkpoint }: Run): Pick<ImageHistory, 'checkpoint'> {
  if (checkpoint === undefined) return {};
  const { runId, step, number } = checkpoint;
  return { checkpoint: { run: runId, step, number } };
}
