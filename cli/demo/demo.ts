import path from 'node:path';
import { listRuns } from '../api/runs.ts';
import { requestCancel } from '../api/templates.ts';
import { isFinal, type Run, type TemplateId, type TimelineEntry } from '../api/types.ts';
import { sessionOn, type Session } from '../commands/common.ts';
import { submit } from '../commands/build.ts';
import { describe, download } from '../commands/download.ts';
import { connectTo } from '../connect/connect.ts';
import type { LocalEndpoints } from '../connect/local-endpoints.ts';
import { CliError, EXIT } from '../errors.ts';
import { followRun } from '../follow/follow-run.ts';
import { outputLines, reportOutcome } from '../follow/outcome.ts';
import { startLocalMode } from '../local/supervisor-process.ts';
import { packageRoot } from '../local/package-root.ts';
import { formatDuration } from '../output/duration.ts';
import { Output } from '../output/output.ts';
import { azureView } from './azure-view.ts';
import { bootVhd, forgetConsole } from './boot-vhd.ts';
import { Leftovers } from './leftovers.ts';
import { ensurePrerequisites, type Readiness } from './prerequisites.ts';
import { BOOT_PATIENCE } from './patience.ts';
import { newInImage } from './new-in-image.ts';
import { proven } from './proven.ts';
import { phaseTable, Stopwatch } from './stopwatch.ts';

const TEMPLATE = 'debian-web';
/** `runOutputName` of the VHD in the example template. */
const VHD_OUTPUT = 'debian-web-vhd';
/** What the example's last step makes every boot print. */
const MARKER = 'kiln-demo:';

type Stage = {
  readonly out: Output;
  readonly folder: string;
  readonly watch: Stopwatch;
  readonly leftovers: Leftovers;
};

/** The whole product on this machine: build, distribute, fetch the VHD, boot it, and look whether it is what was asked for. */
export async function demo(folder: string, options: { plain?: boolean; machines?: string }): Promise<number> {
  const out = new Output(options);
  const leftovers = new Leftovers(out);
  const stage: Stage = { out, folder, watch: new Stopwatch(), leftovers };
  try {
    const readiness: Readiness =
      options.machines === 'simulated'
        ? { machines: 'simulated', warning: ['Asked for with --machines simulated.'] }
        : await stage.watch.measure('prerequisites', () => ensurePrerequisites(out));
    warnAboutSimulation(out, readiness);
    const code = await run(stage, readiness);
    warnAboutSimulation(out, readiness);
    return code;
  } catch (error) {
    if (!leftovers.isInterrupted) throw error;
    return EXIT.detached;
  } finally {
    await leftovers.clear();
  }
}

async function run(stage: Stage, readiness: Readiness): Promise<number> {
  const { out, folder, watch } = stage;
  const endpoints = await watch.measure('start local mode', () => start(stage, readiness));
  const session = sessionOn(connectTo(endpoints), out);
  const built = await watch.measure('build and distribute', () => build(stage, session));
  if (built.code !== EXIT.succeeded) return built.code;
  out.say(...(await newInImage(session, built.template, built.run)), '');

  const vhd = path.join(folder, 'debian-web.vhd');
  const fetched = await watch.measure('download the VHD', () =>
    download(session, built.template, VHD_OUTPUT, vhd),
  );
  out.say(`The image is ${vhd}.`, `The footer is right: ${describe(fetched)}.`);
  const made = { ...built, output: VHD_OUTPUT };
  out.say(...(await watch.measure('verify the provenance', () => proven(session, made, vhd, folder))));
  const proof =
    readiness.machines === 'qemu'
      ? await watch.measure('boot the VHD', () => proveByBooting(stage, vhd))
      : undefined;

  const view = azureView(endpoints);
  const facts = [await view.stagingGroupIsGone(built.run), ...(await view.describeArtifacts(built.run))];
  report(stage, built, [...facts, ...(proof === undefined ? [] : [`booted: ${proof}`])]);
  out.result([vhd], { vhd, run: built.run });
  return EXIT.succeeded;
}

function start({ out, folder, leftovers }: Stage, { machines }: Readiness): Promise<LocalEndpoints> {
  const ports = ['--port', '0', '--cloud-port', '0', '--storage-port', '0', '--amqp-port', '0'];
  const local = startLocalMode({
    args: [...ports, '--data', folder, '--machines', machines, '--sample-world'],
    onLine: (line) => out.say(`  ${line}`),
    // The demo boots the image itself, at its end.
    env: { KILN_HYGIENE_BOOT: 'false' },
  });
  leftovers.add(() => local.stop());
  return local.ready;
}

type Built = { code: number; run: Run; timeline: readonly TimelineEntry[]; template: TemplateId };

async function build({ out }: Stage, session: Session): Promise<Built> {
  await endEarlierRun(session);
  const file = path.join(packageRoot(), 'examples', 'debian-web', 'template.json');
  const target = await submit(session, file, { var: [] });
  const { local } = session.connection;
  const followed = await followRun(session.client, out, target, { logs: false, interruptible: false, local });
  const code = await reportOutcome(session.client, out, target, followed);
  out.say(...outputLines(followed.run));
  return { code, run: followed.run, timeline: followed.timeline, template: target.template };
}

/** Runs survive a killed demo and go on with the next start; this one wants a run of its own. */
async function endEarlierRun(session: Session): Promise<void> {
  const template = session.template(TEMPLATE);
  const [newest] = await listRuns(session.client, template).catch(() => []);
  if (newest === undefined || isFinal(newest.state)) return;
  session.out.say(`Run ${newest.id} of an earlier demo goes on; canceling it.`);
  await requestCancel(session.client, template).catch(() => undefined);
  const target = { template, id: newest.id };
  await followRun(session.client, session.out, target, { logs: false, interruptible: false });
}

async function proveByBooting({ out, folder, leftovers }: Stage, vhd: string): Promise<string> {
  const serialLog = path.join(folder, 'serial.log');
  await forgetConsole(serialLog);
  out.say('', 'Booting the VHD in a fresh machine (plain QEMU, no network, the file stays unchanged) …');
  const boot = bootVhd(vhd, serialLog);
  leftovers.add(() => boot.stop());
  const line = await boot.waitFor(MARKER, BOOT_PATIENCE);
  await boot.stop();
  if (!/serves "hello from kiln"/.test(line))
    throw new CliError({ exitCode: EXIT.failed, message: `The image booted, but says: ${line}` });
  out.say(`  ${line}`);
  return line;
}

function report({ out, watch }: Stage, { run: built, timeline }: Built, facts: readonly string[]): void {
  out.say('', 'Seen from Azure (the local cloud):', ...facts.map((fact) => `  ${fact}`));
  out.say('', 'The build, phase by phase:', ...phaseTable(timeline, built));
  out.say('', 'The demo:', ...watch.table(), `  total ${formatDuration(watch.total())}`, '');
}

function warnAboutSimulation(out: Output, readiness: Readiness): void {
  if (readiness.machines === 'qemu') return;
  const lines = [
    'SIMULATED MACHINES: no script really runs, and the VHD does not boot.',
    ...readiness.warning,
  ];
  out.say('', ...lines.map((line) => out.style.yellow(`!!! ${line}`)), '');
}
