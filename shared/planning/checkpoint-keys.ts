import { createHash } from 'node:crypto';
import type { ResolvedSource } from '../model/plan.ts';
import type { Customizer, ImageTemplate } from '../model/template.ts';
import { templateKey } from '../model/ids.ts';
import { VERSION } from '../version.ts';
import { contentOf } from './fingerprint.ts';

/** What Kiln itself does in a machine before and between the steps may be something else in each release. */
const BASELINE = `kiln ${VERSION}`;

/** What a machine is made of before its first step. */
export type KeyBase = {
  readonly template: Pick<ImageTemplate, 'ref' | 'location' | 'properties'>;
  readonly source: ResolvedSource;
  /** Of the request of the run, as far as the template declares them. */
  readonly parameters: Readonly<Record<string, string>>;
};

/**
 * Keys of the machine as it is after each customizer, in order: each is made of the one before, so that whatever is different in
 * source, parameters, order or content of the steps so far is another key. Undefined from the first step on of whose script or
 * file no digest is known.
 */
export function checkpointKeys(base: KeyBase): (string | undefined)[] {
  let key: string | undefined = digest([BASELINE, ...baseOf(base)]);
  return base.template.properties.customize.map((step) => {
    const content = describeStep(step);
    key = key === undefined || content === undefined ? undefined : digest([key, content]);
    return key;
  });
}

function baseOf({ template, source, parameters }: KeyBase): unknown[] {
  const { ref, location, properties } = template;
  // Of one template alone: whoever may build another one does not get what is on its disks.
  return [
    templateKey(ref),
    location,
    source.description,
    source.image,
    [source.generation, source.osType, source.architecture, source.osDiskGB],
    [source.plan, source.licenseType, source.securityType],
    // What it was grown to, could ask for tokens of, and stood in.
    properties.vmProfile.osDiskSizeGB,
    properties.vmProfile.userAssignedIdentities,
    properties.vmProfile.subnetId,
    properties.inventory,
    sorted(parameters),
  ];
}

/** All that a step is but where its bytes came from, and what only says how a failure or its end is dealt with. */
function describeStep(step: Customizer): unknown {
  const { checkpoint: _kept, ...rest }: Record<string, unknown> & Customizer = step;
  const {
    retry: _retry,
    timeoutSeconds: _time,
    restartTimeout: _restart,
    ...own
  }: Record<string, unknown> = rest;
  const content = contentOf(step);
  if (content === undefined) return sorted(own);
  if (content.sha256 === '') return undefined;
  const { script: _script, sourceUri: _uri, sha256: _sha256, ...options } = own;
  // A folder as destination takes the name of the file from its address.
  const name =
    step.type === 'File' ? step.sourceUri.split(/[?#]/)[0] : content.uri === undefined ? 'inline' : 'file';
  return [sorted(options), content.sha256, name];
}

/** JSON of the same things is the same text, whatever order they were written in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(parts)))
    .digest('hex');
}
