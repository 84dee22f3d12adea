import type { TemplateRef } from '../model/template.ts';

/** What is known of the bytes of a blob. Both absent: it could not be read. */
export type ContentDigest = {
  /** Of all bytes, holes included. Absent: they were not read. */
  readonly sha256?: string;
  /** Of the write that made it what it is. */
  readonly etag?: string;
};

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
  /**
   * Reads a blob whole, if its data has at most `mostBytes`, else asks for its ETag alone: copies of disks have no MD5 in Azure.
   * One that cannot be read, as in an account of others, is no error.
   */
  digest(url: string, mostBytes: number): Promise<ContentDigest>;
  /** A read-only SAS of a blob in our account; refuses others. The URL is a secret. */
  readUrl(url: string, validMinutes: number): Promise<string>;
}
