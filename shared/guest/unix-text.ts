import { Buffer } from 'node:buffer';

const BYTE_ORDER_MARK = '\uFEFF';

export type UnixText = { readonly bytes: Uint8Array; readonly notes: readonly string[] };

/**
 * A script with the line ends of Unix, and without a byte order mark, which would hide its first line from the kernel.
 * Packer does the first for every script that is not declared binary, and Azure's agent does both for what it downloads:
 * https://github.com/hashicorp/packer/blob/main/provisioner/shell/unix_reader.go
 * What is no text is left alone.
 */
export function unixText(bytes: Uint8Array): UnixText {
  if (!isText(bytes)) return { bytes, notes: [] };
  const text = Buffer.from(bytes).toString('utf8');
  const marked = text.startsWith(BYTE_ORDER_MARK);
  const ended = text.includes('\r\n');
  if (!marked && !ended) return { bytes, notes: [] };
  const clean = (marked ? text.slice(1) : text).replaceAll('\r\n', '\n');
  return {
    bytes: Buffer.from(clean),
    notes: [
      ...(ended
        ? [
            'Its script has the line ends of Windows (CRLF); it runs with those of Unix (LF), as under Packer.',
          ]
        : []),
      ...(marked ? ['Its script begins with a byte order mark, which was left out.'] : []),
    ],
  };
}

/** UTF-8 without NUL; an archive behind a script is not. */
export function isText(bytes: Uint8Array): boolean {
  return !bytes.includes(0) && Buffer.from(Buffer.from(bytes).toString('utf8')).equals(bytes);
}
