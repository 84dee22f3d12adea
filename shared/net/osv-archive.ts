import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { type AsyncFlateStreamHandler, Unzip, type UnzipDecoder } from 'fflate';
import { KilnError } from '../errors/failure.ts';
import { withoutSecrets } from '../model/url-policy.ts';
import type { OsvArchive, OsvSource } from '../ports/osv-source.ts';

const PATIENCE_MS = 10 * 60_000;
/** The longest record of OSV's is some hundred KB. */
const LONGEST_RECORD = 32 * 1024 * 1024;

/** The end of the central directory, 4.3.16 of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT; a comment may follow. */
const END_MARK = Buffer.from('PK\u0005\u0006', 'latin1');
const END_LENGTH = 1024;

/**
 * Archives of OSV below an https or `file:` address, which the operator of Kiln has chosen: `<base>/<ecosystem>/all.zip`, as on
 * https://google.github.io/osv.dev/data/#data-dumps
 */
export function createOsvSource(base: string): OsvSource {
  const from = withoutSecrets(base);
  return {
    from,
    async open(archive) {
      const url = addressOf(base, archive);
      try {
        return url.protocol === 'file:' ? local(fileURLToPath(url)) : await fetched(url);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `The advisories of ${archive} could not be fetched from ${from}: ${reason}.`;
        throw new KilnError({ code: 'DatabaseNotFetched', message }, { cause: error });
      }
    },
  };
}

/** A mirror may want a SAS or a token in its query: it stays where it is. */
function addressOf(base: string, archive: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${encodeURIComponent(archive)}/all.zip`;
  return url;
}

function local(file: string): OsvArchive {
  return { records: () => recordsOf(createReadStream(file)), [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** To a file first: archives have a hundred megabytes, and each release that is wanted reads one once. */
async function fetched(url: URL): Promise<OsvArchive> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok || answer.body === null) throw new Error(`it answered ${answer.status}`);
  const folder = await mkdtemp(path.join(tmpdir(), 'kiln-osv-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, 'all.zip');
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(file));
    return { records: () => recordsOf(createReadStream(file)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The JSON files of a ZIP, one after the other as they come: never more of it in memory than one record. */
async function* recordsOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  const ready: Uint8Array[] = [];
  const unzip = new Unzip((file) => {
    if (!file.name.endsWith('.json')) return;
    const chunks: Uint8Array[] = [];
    let length = 0;
    file.ondata = (error, chunk, isLast) => {
      if (error !== null) throw error;
      length += chunk.length;
      if (length > LONGEST_RECORD) throw new Error(`${file.name} is longer than ${LONGEST_RECORD} bytes`);
      chunks.push(chunk);
      if (isLast) ready.push(Buffer.concat(chunks));
    };
    file.start();
  });
  unzip.register(Inflate);
  let end: Uint8Array = new Uint8Array();
  for await (const chunk of bytes) {
    unzip.push(chunk);
    end = Buffer.concat([end, chunk]).subarray(-END_LENGTH);
    for (const record of ready.splice(0)) yield parsed(record);
  }
  // Half a ZIP unpacks as half of its files, and nobody would miss the others.
  if (!Buffer.from(end).includes(END_MARK)) throw new Error('The archive is not whole.');
  unzip.push(new Uint8Array(), true);
  for (const record of ready.splice(0)) yield parsed(record);
}

function parsed(record: Uint8Array): unknown {
  return JSON.parse(Buffer.from(record).toString());
}

/** Node's own, which takes a tenth of the time. */
class Inflate implements UnzipDecoder {
  static compression = 8;
  ondata: AsyncFlateStreamHandler = () => undefined;
  readonly #chunks: Uint8Array[] = [];

  push(data: Uint8Array, isLast: boolean): void {
    this.#chunks.push(data);
    if (isLast)
      this.ondata(
        null,
        inflateRawSync(Buffer.concat(this.#chunks), { maxOutputLength: LONGEST_RECORD }),
        true,
      );
  }
}
