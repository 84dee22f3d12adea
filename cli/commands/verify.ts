import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { getProvenance, type SignedOutput } from '../api/provenance.ts';
import { parseJson } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { Output } from '../output/output.ts';
import { type Envelope, parseEnvelope } from '../api/envelope.ts';
import { notProved } from '../provenance/envelope.ts';
import { readTrusted, type Trusted } from '../provenance/trusted-key.ts';
import { type Verdict, verifyFile, verifyOutput } from '../provenance/verify.ts';
import { openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';
import { findMade } from './find-made.ts';

type VerifyOptions = CommonOptions & {
  readonly key?: string;
  readonly cert?: string;
  readonly provenance?: string;
};

/** Written beside a downloaded VHD. */
export const PROVENANCE_SUFFIX = '.intoto.json';

export function registerVerify(program: Command): void {
  talksToKiln(program.command('verify'))
    .description('check where an image comes from: a signed statement about a file, a version, or a run')
    .argument('<what>', 'a VHD file (checked offline), TEMPLATE@VERSION, TEMPLATE/RUN, or a run id')
    .option('--key <file>', 'public key that you trust: PEM or JWK')
    .option('--cert <file>', 'certificate that you trust instead')
    .option('--provenance <file>', `envelope of a file (default: FILE${PROVENANCE_SUFFIX})`)
    .action(async (what: string, options: VerifyOptions) => {
      if (!existsSync(what)) refuseFileName(what);
      const trusted = readTrusted(options);
      if (existsSync(what)) return verifyLocal(what, options, trusted);
      const session = openSession(options);
      tell(session.out, await verifyMade(session, what, trusted));
    });
}

/** A file that is not there would be looked for as a template. */
function refuseFileName(what: string): void {
  if (/\.(vhd|img|raw|qcow2)$/i.test(what))
    throw refuse(
      `There is no file ${what}.`,
      '`kiln download TEMPLATE OUTPUT` fetches a VHD and its statement.',
    );
}

async function verifyLocal(file: string, options: VerifyOptions, trusted: Trusted): Promise<void> {
  const from = options.provenance ?? `${file}${PROVENANCE_SUFFIX}`;
  tell(new Output(options), [await verifyFile(file, readEnvelope(from), trusted)]);
}

function readEnvelope(file: string): Envelope {
  if (!existsSync(file))
    throw refuse(
      `There is no ${file}.`,
      '`kiln download` writes it beside the VHD; or name it with --provenance.',
    );
  const envelope = parseEnvelope(parseJson(readFileSync(file, 'utf8')));
  if (envelope !== undefined) return envelope;
  throw notProved(`${file} is no DSSE envelope.`);
}

/** Each output of the run that was meant; the one alone that a version names. */
export async function verifyMade(session: Session, what: string, trusted: Trusted): Promise<Verdict[]> {
  const { template, run, outputs } = await findMade(session, what);
  const signed = await getProvenance(session.client, template, run.id);
  return outputs.map(({ name, artifactId, artifactUri }) => {
    const place = { run: run.id, output: name, uri: artifactId ?? artifactUri ?? '' };
    return verifyOutput(place, envelopeOf(signed, name), trusted);
  });
}

function envelopeOf(signed: readonly SignedOutput[], output: string): Envelope {
  const found = signed.find((one) => one.output === output);
  if (found === undefined)
    throw notProved(`There is no statement about ${output}.`, 'A run has none before it has ended.');
  if (found.note !== undefined)
    throw notProved(`Nobody has signed the statement about ${output}: ${found.note}`);
  return found.envelope;
}

function tell(out: Output, verdicts: readonly Verdict[]): void {
  const lines = verdicts.map(({ proved, notProved: open }) => `proved: ${proved}; not proved: ${open}.`);
  out.result(lines, verdicts.length === 1 ? verdicts[0] : { value: verdicts });
}
