import type { ProofKind, StoredProofs } from '../model/documents/proofs.ts';
import type { ProvenanceDocument } from '../model/documents/provenance.ts';
import type { WatchedImage } from '../model/documents/vulnerabilities.ts';
import type { RunId, TemplateRef } from '../model/template.ts';

/** What is known and proved of what runs have made. */
export interface ProofStores {
  readonly provenance: {
    get(ref: TemplateRef, id: RunId): Promise<ProvenanceDocument | undefined>;
    put(ref: TemplateRef, id: RunId, document: ProvenanceDocument): Promise<void>;
  };
  /** What machines that boot the image have answered. */
  readonly proofs: {
    get(ref: TemplateRef, id: RunId, kind: ProofKind): Promise<StoredProofs | undefined>;
    put(ref: TemplateRef, id: RunId, kind: ProofKind, proofs: StoredProofs): Promise<void>;
  };
  /** Runs whose outputs are compared with every new database. */
  readonly watchedImages: {
    get(runId: RunId): Promise<WatchedImage | undefined>;
    put(image: WatchedImage): Promise<void>;
    list(): Promise<WatchedImage[]>;
    /** Absent is success. */
    remove(runId: RunId): Promise<void>;
  };
}
