import { createHash } from 'node:crypto';
import { actorOf } from '../model/principal.ts';
import { scriptsOf } from '../planning/fingerprint.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import type { Distribution, Run, RunOutput, TimelineEntry } from '../model/documents/documents.ts';
import { templateId } from '../model/ids.ts';
import type { BuildPlan } from '../model/plan.ts';
import type { Customizer, ImageTemplate } from '../model/template.ts';
import { VERSION } from '../version.ts';
import { stepsOf, type StepTimes } from './step-times.ts';
import { type Descriptor, type Subject, type SubjectClaim } from './subject.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md with https://slsa.dev/spec/v1.0/provenance.
 * Fields of our own begin with `kiln_`, as the latter asks of extensions.
 */
export type Statement = {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly [Subject];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly Descriptor[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
      readonly metadata: {
        readonly invocationId: string;
        readonly startedOn: string;
        readonly finishedOn?: string;
      };
      readonly byproducts?: readonly Descriptor[];
    };
    readonly kiln_subject: SubjectClaim;
    readonly kiln_steps: readonly StepTimes[];
  };
};

/** What the `externalParameters` mean: docs/provenance.md. */
const BUILD_TYPE = 'urn:kiln:image-build:1';

/** Everything that is stored of a run and says where its outputs come from. */
export type Origin = {
  readonly appName: string;
  readonly run: Run;
  readonly template: ImageTemplate;
  readonly timeline: readonly TimelineEntry[];
  readonly distribution?: Distribution;
  /** SHA-256 of the run's inventory. */
  readonly inventory?: string;
};

/** Where one output of a run comes from. Secrets are in it by their names alone. */
export function statementOf(
  origin: Origin,
  output: RunOutput,
  { subject, claim }: { readonly subject: Subject; readonly claim: SubjectClaim },
): Statement {
  const { appName, run, timeline, inventory } = origin;
  const { id, startTime, endTime } = run;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subject],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: externalParameters(origin, output),
        internalParameters: internalParameters(origin),
        resolvedDependencies: dependencies(origin),
      },
      runDetails: {
        builder: { id: `urn:kiln:deployment:${appName}`, version: { kiln: VERSION } },
        metadata: {
          invocationId: id,
          startedOn: startTime,
          ...(endTime !== undefined && { finishedOn: endTime }),
        },
        ...(inventory !== undefined && {
          byproducts: [{ name: 'inventory.json', digest: { sha256: inventory } }],
        }),
      },
      kiln_subject: claim,
      kiln_steps: stepsOf(timeline),
    },
  };
}

function externalParameters({ run, template }: Origin, output: RunOutput): Record<string, unknown> {
  const { customize, validate } = template.properties;
  const steps = [...customize, ...(validate?.validators ?? [])];
  return {
    template: templateId(run.ref),
    revision: run.revision,
    templateDigest: { sha256: sha256(JSON.stringify(template)) },
    parameters: run.parameters ?? {},
    steps: steps.map((step) => ({ name: step.name, type: step.type, ...secretNamesOf(step) })),
    output: { name: output.name, type: output.type },
  };
}

/** Names of the variables: neither values nor where they are kept. */
export function secretNamesOf(step: Customizer): { secrets?: readonly string[] } {
  const names = 'secrets' in step ? Object.keys(step.secrets ?? {}) : [];
  return names.length === 0 ? {} : { secrets: names };
}

function internalParameters({ run, template, distribution }: Origin): Record<string, unknown> {
  const { reason, requestedBy, vmSize, agent, attempt, correlationId, checkpoint } = run;
  return {
    reason,
    ...(requestedBy && { requestedBy: actorOf(requestedBy) }),
    ...(correlationId !== undefined && { correlationId }),
    location: template.location,
    ...(vmSize !== undefined && { vmSize }),
    ...(agent !== undefined && { agent }),
    ...(checkpoint && { checkpoint }),
    ...(distribution && { security: distribution.plan.security }),
    ...(attempt !== undefined && { attempt }),
  };
}

function dependencies({ run, template, distribution }: Origin): Descriptor[] {
  return [
    sourceOf(run, distribution?.plan),
    ...scriptsOf(template).map(({ name, sha256: digest, uri }) => ({
      name,
      ...(uri !== undefined && { uri: withoutSecrets(uri) }),
      digest: { sha256: digest },
    })),
  ];
}

/** `plan`: absent when the run ended before there was one. */
export function sourceOf({ source = '' }: Run, plan: Pick<BuildPlan, 'source'> | undefined): Descriptor {
  const image = plan?.source.image;
  if (image?.kind === 'iso') return { name: 'source', uri: source, digest: { sha256: image.sha256 } };
  if (image?.kind === 'marketplace') {
    const { publisher, offer, sku, version } = image;
    return { name: 'source', uri: `urn:azure:marketplace:${publisher}:${offer}:${sku}:${version}` };
  }
  return { name: 'source', uri: image?.id ?? source };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
