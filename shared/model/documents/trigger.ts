import type { Principal } from '../principal.ts';
import type { TemplateRef } from '../template.ts';
import type { Timestamp } from '../timestamp.ts';

/**
 * What starts a run by itself, `triggers/<name>.json` in the template's folder. The API stores it; the timer that
 * evaluates it keeps what it saw in it.
 */
export type Trigger = {
  readonly schema: 1;
  readonly name: string;
  readonly ref: TemplateRef;
  readonly kind: 'SourceImage';
  readonly status: { readonly code: string; readonly message: string; readonly time: Timestamp };
  /** Exact version of the source at the last look; another one starts a run. Absent: nobody looked yet. */
  readonly seen?: string;
  readonly createdAt: Timestamp;
  readonly changedAt: Timestamp;
  readonly createdBy?: Principal;
};
