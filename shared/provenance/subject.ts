import type { RunOutput } from '../model/documents/documents.ts';
import type { ContentDigest } from '../ports/vhd-blobs.ts';

/** What the digest of a subject is the digest of: in the order of how much it proves. */
export type SubjectKind = 'content' | 'inventory' | 'etag' | 'id';

/** https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/resource_descriptor.md */
export type Descriptor = {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
};

export type Subject = Descriptor & { readonly digest: Readonly<Record<string, string>> };

export type SubjectClaim = {
  readonly kind: SubjectKind;
  /** In words, for whoever reads the statement without this page at hand. */
  readonly says: string;
};

const SAYS: Readonly<Record<SubjectKind, string>> = {
  content: 'sha256 is of all bytes of the VHD, its footer included.',
  inventory:
    'sha256 is of the inventory that was taken of the machine before it was captured; of the bytes of the image Azure tells no digest.',
  etag: 'azureBlobEtag names one write of the blob; its bytes were not read, so that a copy of them cannot be compared.',
  id: 'kilnResourceId is the sha256 of the resource id and nothing more: neither bytes nor contents of the image are known.',
};

/** The most that can be said of an output. `inventory`: of the run, absent when none was taken. */
export function subjectOf(
  output: RunOutput,
  known: { readonly content?: ContentDigest; readonly inventory?: string; readonly idDigest: string },
): { readonly subject: Subject; readonly claim: SubjectClaim } {
  const uri = output.artifactId ?? output.artifactUri ?? '';
  const { content, inventory, idDigest } = known;
  const named = { name: output.name, uri };
  const told = (kind: SubjectKind, digest: Subject['digest']) => ({
    subject: { ...named, digest },
    claim: { kind, says: SAYS[kind] },
  });
  if (content?.sha256 !== undefined) return told('content', { sha256: content.sha256 });
  if (inventory !== undefined) return told('inventory', { sha256: inventory });
  if (content?.etag !== undefined) return told('etag', { azureBlobEtag: content.etag });
  return told('id', { kilnResourceId: idDigest });
}
