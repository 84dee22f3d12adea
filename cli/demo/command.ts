import path from 'node:path';
import { type Command, Option } from 'commander';
import { demo } from '../demo/demo.ts';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('build examples/debian-web on this machine, then boot the VHD to prove what is in it')
    .option('--data <folder>', 'where everything is kept', '.kiln/demo')
    .addOption(
      new Option('--machines <kind>', 'simulated: no real machines')
        .choices(['auto', 'simulated'])
        .default('auto'),
    )
    .option('--plain', 'lines instead of a live view')
    .action(async (options: { data: string; machines: string; plain?: boolean }) => {
      process.exitCode = await demo(path.resolve(options.data), options);
    });
}
