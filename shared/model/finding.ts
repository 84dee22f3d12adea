/** How bad a finding is, from least to worst. */
export const SEVERITIES = ['negligible', 'low', 'medium', 'high', 'critical'] as const;
/** `unknown`: nobody has said it. */
export type Severity = (typeof SEVERITIES)[number] | 'unknown';

/** One advisory that an image has open. */
export type Finding = {
  /** As OSV names it: `DEBIAN-CVE-2026-1234`. */
  readonly id: string;
  /** Names that others give it: `CVE-2026-1234`. */
  readonly aliases: readonly string[];
  /** Source package, where the distribution names those. */
  readonly package: string;
  readonly version: string;
  /** Absent: there is no fix. */
  readonly fixed?: string;
  readonly severity: Severity;
  readonly summary?: string;
};
