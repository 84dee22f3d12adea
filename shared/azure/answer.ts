/** What came over the wire, without the SDK's types around it. */
export type Answer = {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
};

/** The part of the SDK's response object that we read. */
type RawResponse = {
  readonly status: number;
  readonly request: { readonly method: string; readonly url: string };
  readonly headers: { get(name: string): string | undefined };
  readonly bodyAsText?: string | null;
};

export function answerOf(response: RawResponse): Answer {
  return {
    status: response.status,
    method: response.request.method,
    url: response.request.url,
    body: parseJson(response.bodyAsText ?? ''),
    header: (name) => response.headers.get(name),
  };
}

/**
 * Milliseconds that the other side asks us to wait. The two `-ms` headers are finer than the standard one, which
 * holds seconds or a date.
 */
export function retryAfterMs(header: Answer['header'], now = Date.now()): number | undefined {
  const milliseconds = header('retry-after-ms') ?? header('x-ms-retry-after-ms');
  if (milliseconds !== undefined) return nonNegative(Number(milliseconds));
  const value = header('retry-after');
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return nonNegative(seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Whether the wish is one in milliseconds. */
export function isExact(header: Answer['header']): boolean {
  return (header('retry-after-ms') ?? header('x-ms-retry-after-ms')) !== undefined;
}

/** A value somewhere inside parsed JSON, or undefined when the path leads nowhere. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([name]) => name === key)?.[1];
  }
  return current;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Undefined for anything that is no absolute URL. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Undefined for anything that is not JSON, such as the HTML page of a proxy. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nonNegative(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
