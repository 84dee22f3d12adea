import { KilnError } from '../errors/failure.ts';
import type { ProvenanceDocument, Run, RunOutput, SignedOutput } from '../model/documents/documents.ts';
import type { Store } from '../ports/store.ts';
import type { VhdBlobs } from '../ports/vhd-blobs.ts';
import type { Envelope } from '../model/documents/provenance.ts';
import type { Signer } from '../ports/signer.ts';
import { sealed } from './dsse.ts';
import { type Origin, PAYLOAD_TYPE, sha256, statementOf } from './statement.ts';
import { subjectOf } from './subject.ts';

export type Issuer = {
  readonly store: Store;
  readonly vhds: VhdBlobs;
  readonly appName: string;
  /** Absent: statements are written and nobody signs them. */
  readonly signer?: Signer;
  /** VHDs with more data than this are not read. 0: none is. */
  readonly mostBytes: number;
};

/**
 * Writes and signs where every output of a run comes from, once the run is over: a build never waits for it. What an
 * earlier attempt has signed stays as it is. Answers nothing when there is nothing to say.
 */
export async function issueProvenance(
  issuer: Issuer,
  { ref, id }: Pick<Run, 'ref' | 'id'>,
): Promise<readonly SignedOutput[]> {
  const { store } = issuer;
  const run = await store.runs.get(ref, id);
  const outputs = run?.outputs.filter(({ state }) => state === 'Succeeded') ?? [];
  if (run === undefined || outputs.length === 0) return [];
  const known = (await store.provenance.get(ref, id))?.outputs ?? [];
  const open = outputs.filter((output) => !known.some((one) => isOf(one, output)));
  if (open.length === 0) return known;
  const origin = await originOf(issuer, run);
  if (origin === undefined) return known;
  const issued = await Promise.all(open.map((output) => issueOne(issuer, origin, output)));
  const kept = known.filter(({ output }) => !issued.some((one) => one.output === output));
  const document: ProvenanceDocument = { schema: 1, outputs: [...kept, ...issued] };
  await store.provenance.put(ref, id, document);
  return document.outputs;
}

/** What failed to be signed is tried again by the next attempt. */
function isOf({ output, of, envelope }: SignedOutput, { name, ...result }: RunOutput): boolean {
  return output === name && of === placeOf(result) && envelope.signatures.length > 0;
}

function placeOf({ artifactId, artifactUri }: Pick<RunOutput, 'artifactId' | 'artifactUri'>): string {
  return artifactId ?? artifactUri ?? '';
}

async function originOf({ store, appName }: Issuer, run: Run): Promise<Origin | undefined> {
  const { ref, id } = run;
  const [revision, timeline, distribution] = await Promise.all([
    store.revisions.get(ref, run.revision),
    store.timeline.read(ref, id),
    store.distributions.get(ref, id),
  ]);
  if (revision === undefined) return undefined;
  const { template } = revision;
  const inventory = run.inventory?.digest;
  return {
    ...{ appName, run, template, timeline },
    ...(distribution && { distribution }),
    ...(inventory !== undefined && { inventory }),
  };
}

async function issueOne(issuer: Issuer, origin: Origin, output: RunOutput): Promise<SignedOutput> {
  const content =
    output.artifactUri === undefined
      ? undefined
      : await issuer.vhds.digest(output.artifactUri, issuer.mostBytes);
  const place = placeOf(output);
  const about = subjectOf(output, {
    ...(content && { content }),
    ...(origin.inventory !== undefined && { inventory: origin.inventory }),
    idDigest: sha256(place),
  });
  const payload = Buffer.from(JSON.stringify(statementOf(origin, output, about)));
  const { envelope, note } = await seal(payload, issuer.signer);
  return { output: output.name, of: place, envelope, ...(note !== undefined && { note }) };
}

/** A key that cannot be used costs the signature, never the run. */
async function seal(
  payload: Uint8Array,
  signer: Signer | undefined,
): Promise<{ envelope: Envelope; note?: string }> {
  try {
    const envelope = await sealed(PAYLOAD_TYPE, payload, signer);
    const note = 'This deployment has no key to sign with: see KILN_PROVENANCE_KEY.';
    return { envelope, ...(signer === undefined && { note }) };
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    return { envelope: await sealed(PAYLOAD_TYPE, payload, undefined), note: error.message };
  }
}
