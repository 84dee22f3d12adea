import type { Usage, VmSize } from '../ports/catalogue.ts';
import type { Azure, Definition, Tags } from '../ports/azure.ts';
import type { ResolvedSource } from '../model/plan.ts';
import type { Failure } from '../errors/failure.ts';
import type { AssignedIdentity } from '../model/documents/documents.ts';
import type { Seen } from '../model/seen.ts';
import type { RunId } from '../model/template.ts';

/** By id or name in lower case. */
type ByKey<T> = ReadonlyMap<string, T>;

/** What was read around a template, for `planProblems`: each thing once. */
export type World = {
  readonly now: Date;
  /** Absent at a submission: what a run would meet now may be another in an hour. */
  readonly runId?: RunId;
  /** The author's own words, for pointers into them; absent when they are not at hand. */
  readonly body?: unknown;
  /** Undefined when the source itself was refused: `refusals` says why. */
  readonly source: ResolvedSource | undefined;
  /** Look-ups that ended with a reason against the template, each with its pointer. */
  readonly refusals: readonly Failure[];
  /** The group that the template belongs to. */
  readonly home: Seen<true>;
  readonly definitions: ByKey<Definition>;
  /** Every region of the subscription. */
  readonly regions: Seen<readonly string[]>;
  /** VM sizes in the region of the build. */
  readonly sizes: Seen<ByKey<VmSize>>;
  readonly usages: Seen<readonly Usage[]>;
  /** Resource groups of managed image targets, by the id of the group. */
  readonly groups: ByKey<Seen<true>>;
  /** Managed images that targets name. */
  readonly images: ByKey<Seen<{ readonly tags: Tags }>>;
  /** Versions that targets name exactly, by their id. */
  readonly versions: ByKey<Seen<{ readonly tags: Tags }>>;
  readonly subnet: Seen<{ readonly location: string }>;
  readonly stagingGroup: Seen<NonNullable<Awaited<ReturnType<Azure['groups']['get']>>>>;
  readonly identities: readonly AssignedIdentity[];
};
