type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Drops keys without a value, so that optional properties stay absent (exactOptionalPropertyTypes). */
export function compact<T extends object>(value: T): Present<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]: [string, unknown]) => field !== undefined),
  ) as Present<T>;
}
