import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { getProvenance } from '../api/provenance.ts';
import { listRuns } from '../api/runs.ts';
import { downloadUrl } from '../api/templates.ts';
import type { TemplateId } from '../api/types.ts';
import { CliError, EXIT } from '../errors.ts';
import { fetchBlob } from '../download/fetch-blob.ts';
import { checkVhdFile } from '../download/vhd-footer.ts';
import { formatBytes } from '../output/duration.ts';
import type { Output } from '../output/output.ts';
import { openSession, talksToKiln, type CommonOptions, type Session } from './common.ts';
import { PROVENANCE_SUFFIX } from './verify.ts';

export type Downloaded = {
  readonly file: string;
  readonly length: number;
  readonly dataLength: number;
  readonly virtualSize: number;
};

export function registerDownload(program: Command): void {
  talksToKiln(program.command('download'))
    .description('download the VHD of a run output as a sparse file')
    .argument('<template>', 'name or id')
    .argument('<output>', '`runOutputName` of a VHD distributor')
    .option('-o, --output <file>', 'where to (default: <output>.vhd)')
    .action(async (given: string, output: string, options: CommonOptions & { output?: string }) => {
      const session = openSession(options);
      const file = path.resolve(options.output ?? `${output}.vhd`);
      const template = session.template(given);
      const done = await download(session, template, output, file);
      await saveProvenance(session, template, output, file);
      session.out.result([`${done.file}  ${describe(done)}`], done);
    });
}

/** Downloads an output and checks that it is a VHD that Azure would take. Throws when it is not. */
export async function download(
  session: Pick<Session, 'client' | 'out'>,
  template: TemplateId,
  output: string,
  file: string,
): Promise<Downloaded> {
  const url = await downloadUrl(session.client, template, output);
  const size = await fetchBlob(url, file, progressLine(session.out));
  const verdict = await checkVhdFile(file);
  if (!verdict.ok)
    throw new CliError({
      exitCode: EXIT.failed,
      message: `${file} is not a VHD that Azure takes.`,
      details: verdict.problems,
    });
  return { file, ...size, virtualSize: verdict.virtualSize };
}

/** Beside the VHD, for `kiln verify`. Answers false when the newest run has none. */
export async function saveProvenance(
  { client, out }: Pick<Session, 'client' | 'out'>,
  template: TemplateId,
  output: string,
  file: string,
): Promise<boolean> {
  const [run] = await listRuns(client, template);
  const signed = run === undefined ? [] : await getProvenance(client, template, run.id);
  const found = signed.find((one) => one.output === output);
  if (found === undefined) {
    out.say('There is no signed statement about it: the run has none, or is not over.');
    return false;
  }
  await writeFile(`${file}${PROVENANCE_SUFFIX}`, `${JSON.stringify(found.document)}\n`);
  return true;
}

export const describe = ({ length, dataLength, virtualSize }: Downloaded): string =>
  `fixed VHD, ${formatBytes(virtualSize)} disk, ${formatBytes(length)} long, ${formatBytes(dataLength)} of data`;

/** Overwrites one line on a terminal; silent elsewhere. */
function progressLine(out: Output): (received: number, total: number) => void {
  if (!out.live) return () => {};
  let shownAt = 0;
  return (received, total) => {
    const isDone = received === total;
    if (!isDone && Date.now() - shownAt < 150) return;
    shownAt = Date.now();
    const percent = Number.isFinite(total) ? ` ${Math.floor((received / total) * 100)} %` : '';
    process.stderr.write(`\rdownload ${formatBytes(received)}${percent}\u001B[K${isDone ? '\n' : ''}`);
  };
}
