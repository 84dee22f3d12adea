import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getProvenance, type SignedOutput } from '../api/provenance.ts';
import type { Run, TemplateId } from '../api/types.ts';
import type { Session } from '../commands/common.ts';
import { CliError, EXIT } from '../errors.ts';
import { readTrusted } from '../provenance/trusted-key.ts';
import { verifyFile } from '../provenance/verify.ts';

/** The statement is signed after the run has ended: nobody has to wait for it. Milliseconds, and looks. */
const [PAUSE, LOOKS] = [500, 40];

type Output = { readonly template: TemplateId; readonly run: Run; readonly output: string };

/** Checks the signed statement about a downloaded output against its bytes, with the key in the data folder. */
export async function proven(
  session: Session,
  made: Output,
  file: string,
  folder: string,
): Promise<string[]> {
  const { envelope } = await statementAbout(session, made);
  const trusted = readTrusted({ key: path.join(folder, 'provenance-key.pem.pub') });
  const { proved, notProved } = await verifyFile(file, envelope, trusted);
  return [`Proved: ${proved}.`, `Not proved: ${notProved}.`];
}

async function statementAbout({ client }: Session, { template, run, output }: Output): Promise<SignedOutput> {
  for (let look = 0; look < LOOKS; look += 1) {
    const signed = await getProvenance(client, template, run.id).catch(() => []);
    const found = signed.find((one) => one.output === output);
    if (found !== undefined) return found;
    await sleep(PAUSE);
  }
  const message = `There is no statement about where ${output} comes from.`;
  throw new CliError({ exitCode: EXIT.failed, message });
}
