/** An archive of OSV on this machine, for as long as it is in use. */
export type OsvArchive = AsyncDisposable & {
  /** Every record in it; may be asked for more than once. */
  records(): AsyncIterable<unknown>;
};

/** Where advisories come from: OSV itself, a mirror of it, or a folder. */
export type OsvSource = {
  /** For people, without what would be secret in it. */
  readonly from: string;
  /** Throws `DatabaseNotFetched`. */
  open(archive: string): Promise<OsvArchive>;
};
