import type { RunId, TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';
import type { Finding, Severity } from '../finding.ts';

/** Which advisories an image was compared with. */
export type DatabaseInfo = {
  readonly ecosystem: string;
  /** When it was fetched. */
  readonly fetchedAt: Timestamp;
  /** Of the newest record in it. */
  readonly newest: Timestamp;
  readonly advisories: number;
  /** Without what would be secret in it. */
  readonly from: string;
};

/** A release of a distribution as OSV names it: https://ossf.github.io/osv-schema/#defined-ecosystems */
export type Release = {
  /** Folder of the archives: `Debian`. */
  readonly archive: string;
  /** `Debian:12`. */
  readonly name: string;
  /** Names of OSV go on behind it: Red Hat's products have repositories of their own. */
  readonly isPrefix?: true;
  readonly type: 'deb' | 'rpm';
};

export type VulnerabilityReport = {
  readonly os: string;
  readonly ecosystem?: string;
  /** Absent: the image was compared with nothing. */
  readonly database?: DatabaseInfo;
  /** A sentence each: what nobody has looked at. */
  readonly notCovered: readonly string[];
  readonly counts: Partial<Readonly<Record<Severity, number>>>;
  /** Worst first. */
  readonly findings: readonly Finding[];
};

/** `vulnerabilities/images/<run id>.json`: a run whose outputs are looked after. */
export type WatchedImage = {
  readonly schema: 1;
  readonly ref: TemplateRef;
  readonly runId: RunId;
  readonly release: Release;
  /** What was known at the last look: names of findings. Absent: it was not looked at yet. */
  readonly known?: readonly string[];
  readonly lookedAt?: Timestamp;
};
