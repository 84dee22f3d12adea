import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Envelope } from '../api/envelope.ts';
import { notProved, openEnvelope } from './envelope.ts';
import { parseStatement, type Statement } from './statement.ts';
import type { Trusted } from './trusted-key.ts';

export type Verdict = {
  readonly output: string;
  readonly proved: string;
  readonly notProved: string;
  readonly statement: Statement;
};

/** Throws unless the trusted key has signed it and the certificate was valid then. */
export function readSigned(envelope: Envelope, trusted: Trusted): Statement {
  const statement = parseStatement(openEnvelope(envelope, trusted.key));
  trusted.assertValid(statement.finishedOn);
  return statement;
}

/** That the bytes of a file are those of the statement. Throws when they are not, or when it is about something else. */
export async function verifyFile(file: string, envelope: Envelope, trusted: Trusted): Promise<Verdict> {
  const statement = readSigned(envelope, trusted);
  const { kind, says, digest } = statement;
  if (kind !== 'content' || digest['sha256'] === undefined)
    throw notProved(`The statement is not about the bytes of a file: ${says}`);
  const found = await sha256Of(file);
  if (found !== digest['sha256'])
    throw notProved(
      `${file} is not what was built: its SHA-256 is ${found}, the statement says ${digest['sha256']}.`,
    );
  return {
    output: statement.output,
    proved: `every byte of ${file} (sha256 ${found.slice(0, 12)}…) is ${origin(statement)}, signed by ${trusted.name}`,
    notProved: 'whose key it is, and that the steps did what they say',
    statement,
  };
}

/** That the statement is about an output of a run as the service shows it. Throws when it is about something else. */
export function verifyOutput(
  place: { readonly run: string; readonly output: string; readonly uri: string },
  envelope: Envelope,
  trusted: Trusted,
): Verdict {
  const statement = readSigned(envelope, trusted);
  const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const { run, output, uri } = statement;
  if (!isSame(run, place.run) || !isSame(output, place.output) || !isSame(uri, place.uri))
    throw notProved(
      `The statement is about ${output} (${uri}) of run ${run}, and not about ${place.output} (${place.uri}) of run ${place.run}.`,
    );
  return {
    output,
    proved: `${output} (${uri}) is ${origin(statement)}, signed by ${trusted.name}`,
    notProved: `${UNCHECKED[statement.kind] ?? statement.says}; whose key it is; that the steps did what they say`,
    statement,
  };
}

/** What a statement about each kind of subject leaves open as long as nobody has the bytes. */
const UNCHECKED: Readonly<Record<string, string>> = {
  content: 'that the blob still has these bytes (download it and verify the file)',
  inventory: 'the bytes of the image, of which Azure tells no digest',
  etag: 'the bytes of the blob, which were not read',
  id: 'anything about the bytes or the contents of the image',
};

function origin({ run, template, revision, source, requestedBy, finishedOn }: Statement): string {
  const name = template.split('/').at(-1) ?? template;
  return `what run ${run} made of ${name} revision ${revision} and ${source}, asked for by ${requestedBy}, ended ${finishedOn}`;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex');
}
