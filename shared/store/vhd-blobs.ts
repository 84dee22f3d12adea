import type { TemplateRef } from '../template/model.ts';

/** VHDs as page blobs: in the storage account of Kiln, or at the URL that a template names. */
export interface VhdBlobs {
  /**
   * Canonical URL without a SAS: `uri` when the template names one, `vhds/<name>` in our account otherwise. Throws
   * `UrlNotAllowed` for a host that is not Azure Storage, and for what is in our account and not the template's own.
   */
  location(uri: string, name: string, ref: TemplateRef): string;
  /** Whether the URL is one that this template alone may name. */
  readonly isOwn: (ref: TemplateRef, uri: string) => boolean;
  /**
   * Starts a server-side copy from a SAS; repeating it while the copy runs or after it has succeeded changes nothing.
   * `run` is kept as metadata, so that a copy of another run is never adopted.
   */
  startCopy(url: string, sourceSas: string, run: string): Promise<void>;
  look(
    url: string,
  ): Promise<{ readonly state: 'pending' | 'success' | 'failed' | 'absent'; readonly reason?: string }>;
  /** Ends this run's copy and takes away what it left; one that has succeeded, or is another's, stays. */
  discardCopy(url: string, run: string): Promise<void>;
  /** A read-only SAS of a blob in our account; refuses others. The URL is a secret. */
  readUrl(url: string, validMinutes: number): Promise<string>;
}
