const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `5m`, `2h` or `1h30m`; undefined when it is not one, or not above zero. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h)/g);
  const seconds = [...parts].reduce(
    (sum, { groups }) => sum + Number(groups?.['amount']) * (UNITS[groups?.['unit'] ?? ''] ?? 0),
    0,
  );
  return seconds > 0 && Number.isFinite(seconds) ? Math.ceil(seconds) : undefined;
}
