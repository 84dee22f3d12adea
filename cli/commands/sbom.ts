import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { getSbom } from '../api/inventory.ts';
import { openSession, talksToKiln, type CommonOptions } from './common.ts';
import { findRun, RUN_WORDS } from './find-run.ts';

type SbomOptions = CommonOptions & { readonly output?: string; readonly format: string };

export function registerSbom(program: Command): void {
  talksToKiln(program.command('sbom'))
    .description('fetch the bill of materials of an image')
    .argument('<image>', RUN_WORDS)
    .option('-o, --output <file>', 'where to (default: stdout)')
    .addOption(
      new Option('--format <format>', 'CycloneDX 1.6 or SPDX 2.3, both as JSON')
        .choices(['cyclonedx', 'spdx'])
        .default('cyclonedx'),
    )
    .action(async (given: string, { output, format, ...options }: SbomOptions) => {
      const session = openSession(options);
      const { template, run } = await findRun(session, given);
      const bytes = await getSbom(session.client, { template, id: run.id }, format);
      if (output === undefined) session.out.document(new TextDecoder().decode(bytes));
      else {
        await writeFile(output, bytes);
        session.out.result([`${output}  ${format}, ${bytes.length} bytes`], { file: output, format });
      }
    });
}
