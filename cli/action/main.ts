/**
 * The step of a pipeline: GitHub starts this file as action.yml says, the template of Azure Pipelines with `node`. It runs
 * from a plain copy of the repository: Node 24 strips the types, and nothing that it imports comes from node_modules.
 */
import { build } from '../commands/build.ts';
import { CliError, EXIT } from '../errors.ts';
import { CiReport } from '../report/report.ts';
import { Output } from '../output/output.ts';
import { systemError } from '../system-errors.ts';
import { readInputs } from './inputs.ts';

process.exitCode = await run();

async function run(): Promise<number> {
  const out = new Output({ plain: true });
  try {
    const { template, options, settings, allowPartial } = await parsed(out);
    Object.assign(process.env, settings);
    const code = await build(template, { ...options, plain: true });
    return code === EXIT.partiallySucceeded && allowPartial ? EXIT.succeeded : code;
  } catch (error) {
    const told = error instanceof CliError ? error : systemError(error);
    if (told === undefined) throw error;
    out.complain(told);
    return told.problem.exitCode;
  }
}

/** `build` reports its own problems; what comes before it is reported here. */
async function parsed(out: Output): Promise<ReturnType<typeof readInputs>> {
  try {
    return readInputs(process.env);
  } catch (error) {
    await new CiReport(out, 'action.yml', {}).problem(error);
    throw error;
  }
}
