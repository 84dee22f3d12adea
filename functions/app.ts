import type { Gate } from '../shared/access/linked.ts';
import type { SecretReader } from '../shared/azure/key-vault.ts';
import type { Azure } from '../shared/ports/azure.ts';
import type { IsoHelper } from '../shared/planning/install-plan.ts';
import type { UrlPolicy } from '../shared/model/url-policy.ts';
import type { BuildLimits } from '../shared/planning/slots.ts';
import type { Store } from '../shared/ports/store.ts';
import type { VhdBlobs } from '../shared/ports/vhd-blobs.ts';
import type { RunId, Sha256 } from '../shared/model/template.ts';
import type { AdvisoryIndex } from '../shared/ports/advisory-index.ts';
import type { OsvSource } from '../shared/ports/osv-source.ts';
import type { Signer } from '../shared/ports/signer.ts';

/** What triggers and activities work with. `wiring.ts` makes the one real one from the settings. */
export type App = {
  /** Tag value that tells this deployment's resources from another's. */
  readonly name: string;
  readonly store: Store;
  readonly vhds: VhdBlobs;
  /** What the access policy lets principals name. */
  readonly gate: Gate;
  readonly azure: (subscriptionId: string) => Azure;
  /** Fetches a script or file from a URL that is allowed; throws KilnError. */
  readonly download: (uri: string) => Promise<{ readonly bytes: Uint8Array; readonly sha256: Sha256 }>;
  /** Which URLs a template may name; the helper VM of an ISO fetches one by itself. */
  readonly urls: UrlPolicy;
  /** Marketplace image of the helper VM that installs ISO sources. */
  readonly isoHelper: IsoHelper;
  /** A machine is booted for hygiene alone when a template says nothing about it. */
  readonly hygieneBoot: boolean;
  /** How many builds may be at work at a time. */
  readonly limits: BuildLimits;
  /** Value of a Key Vault secret by its id; for protected parameters, never for a result or a message. */
  readonly secret: SecretReader;
  /** What signs provenance; absent: nothing. */
  readonly signer?: Signer;
  /** VHDs with at most so many bytes of data are read for their digest. */
  readonly mostDigestBytes: number;
  /** What is known against packages, and where it comes from. */
  readonly advisories: AdvisoryIndex;
  readonly osv: OsvSource;
  /** Sends what has happened in a run to whoever wants to know. Never throws: what cannot be sent now is sent later. */
  readonly flush: (runId: RunId) => Promise<void>;
  /** The same within a second, together with whatever happens until then; nobody waits for it. */
  readonly flushSoon: (runId: RunId) => void;
  readonly now: () => Date;
};
