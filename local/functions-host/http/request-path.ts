/**
 * The path of a request as ASP.NET Core reads it: percent-decoded once, an encoded slash and what is no UTF-8 left as it is,
 * then without dot segments. Undefined for what Kestrel refuses.
 * https://github.com/dotnet/aspnetcore/blob/main/src/Shared/UrlDecoder/UrlDecoder.cs
 */
export function decodePath(raw: string): string | undefined {
  const decoded = raw.replaceAll(/(?:%[0-9a-f]{2})+/gi, decodeRun);
  return decoded.includes('\0') ? undefined : withoutDotSegments(decoded);
}

/**
 * The path in the URL that a function gets. The host writes it with `PathString.ToString()`, which encodes again what no path may
 * hold, and takes a `%` that two hex digits follow for an encoding that is there already: so `%2541` arrives as `%41`.
 * https://github.com/dotnet/aspnetcore/blob/main/src/Http/Http.Abstractions/src/PathString.cs
 */
export function encodePath(decoded: string): string {
  return decoded.replaceAll(/%[0-9a-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/giu, (part) =>
    part.length === 3 && part.startsWith('%') ? part : encodeURIComponent(part),
  );
}

function decodeRun(run: string): string {
  const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const found = character(bytes, at);
    text += found?.text ?? run.slice(3 * at, 3 * at + 3);
    at += found?.length ?? 1;
  }
  return text;
}

const SLASH = 0x2f;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The character that begins there, unless it is a slash or no UTF-8. */
function character(
  bytes: Buffer,
  at: number,
): { readonly text: string; readonly length: number } | undefined {
  if (bytes[at] === SLASH) return undefined;
  for (const length of [1, 2, 3, 4]) {
    try {
      const text = UTF8.decode(bytes.subarray(at, at + length));
      return { text, length };
    } catch {
      // A longer sequence may begin here.
    }
  }
  return undefined;
}

/** https://datatracker.ietf.org/doc/html/rfc3986#section-5.2.4 */
function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}
