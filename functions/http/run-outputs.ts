import { record } from '../../shared/audit/record.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import type { Run, RunOutput, TemplateHead } from '../../shared/model/documents/documents.ts';
import { toldResults } from '../../shared/model/documents/told-run.ts';
import { sameResource, TEMPLATE_TYPE, templateId } from '../../shared/model/ids.ts';
import { readHealed } from './image-templates.ts';
import { type Exchange, type Route, TEMPLATE, type Reply } from './exchange.ts';
import { json, list } from './reply.ts';

/** Minutes: a VHD of 128 GB comes over a slow line in a working day. */
const DOWNLOAD_MINUTES = 8 * 60;

async function listOutputs(exchange: Exchange): Promise<Reply> {
  const newest = await readNewest(exchange);
  return list((newest.run?.outputs ?? []).map((output) => show(exchange, newest, output)));
}

async function getOutput(exchange: Exchange): Promise<Reply> {
  const { newest, output } = await findOutput(exchange);
  return json(show(exchange, newest, output));
}

async function downloadOutput(exchange: Exchange): Promise<Reply> {
  const { output, newest } = await findOutput(exchange);
  if (output.type !== 'VHD' || output.artifactUri === undefined) {
    throw notDownloadable(newest, output);
  }
  const url = await exchange.vhds.readUrl(output.artifactUri, DOWNLOAD_MINUTES);
  const expires = new Date(exchange.commands.now().getTime() + DOWNLOAD_MINUTES * 60_000).toISOString();
  await recordDownload(exchange, `${templateId(newest.head.ref)}/runOutputs/${output.name}`);
  return json({ url, expires }, 200, { 'cache-control': 'no-store' });
}

/** Whoever has the URL has the disk for as long as it lasts. */
function recordDownload({ commands, caller }: Exchange, resource: string): Promise<void> {
  const at = commands.now().toISOString();
  return record(commands, { id: commands.newId(), at, action: 'output.download', resource }, caller);
}

function notDownloadable({ head, run }: Newest, { name, type, state }: RunOutput): KilnError {
  if (type === 'VHD')
    return new KilnError({
      code: 'OperationNotAllowed',
      message: `Run output "${name}" has no file: it is ${state}.`,
      remedy: 'Read its error in the run, correct what it names and retry the run.',
    });
  const vhds = run?.outputs.filter((output) => output.type === 'VHD').map((output) => `"${output.name}"`);
  const message = `Run output "${name}" is no VHD that could be downloaded: it is a ${type}.`;
  const remedy =
    vhds === undefined || vhds.length === 0
      ? `Add a VHD to \`distribute\` of template ${head.ref.name} and build again.`
      : `Download a VHD of the run: ${vhds.join(', ')}.`;
  return new KilnError({ code: 'OperationNotAllowed', message, remedy });
}

/** Absent before the first run. */
type Newest = { readonly head: TemplateHead; readonly run: Run | undefined };

/** The newest run only, as the real service: each run's outputs take the place of the last one's. */
async function readNewest(exchange: Exchange): Promise<Newest> {
  const { value: head } = await readHealed(exchange);
  const run = head.lastRun && (await exchange.commands.store.runs.get(head.ref, head.lastRun.id));
  return { head, run };
}

async function findOutput(exchange: Exchange): Promise<{ newest: Newest; output: RunOutput }> {
  const newest = await readNewest(exchange);
  const name = exchange.params['output'] ?? '';
  const output = newest.run?.outputs.find((candidate) => sameResource(candidate.name, name));
  if (output !== undefined) return { newest, output };
  const message = `The newest run of template ${newest.head.ref.name} has no output "${name}".`;
  const names = newest.run?.outputs.map((one) => `"${one.name}"`) ?? [];
  const remedy =
    names.length === 0 ? 'It has no outputs yet.' : `Name one of its outputs: ${names.join(', ')}.`;
  throw new KilnError({ code: 'ResourceNotFound', message, remedy });
}

function show({ version }: Exchange, { head, run }: Newest, output: RunOutput): object {
  const { name, type, state, artifactId, artifactUri, ...own } = output;
  return {
    id: `${templateId(head.ref)}/runOutputs/${name}`,
    name,
    type: `${TEMPLATE_TYPE}/runOutputs`,
    properties: {
      ...(artifactId !== undefined && { artifactId }),
      ...(artifactUri !== undefined && { artifactUri }),
      provisioningState: state,
      ...(version.extensions && {
        kind: type,
        ...toldResults(own),
        notCarriedOut: run?.notCarriedOut,
      }),
    },
  };
}

const OUTPUT = `${TEMPLATE}/runOutputs/{output}`;

export const runOutputRoutes: readonly Route[] = [
  {
    name: 'list-run-outputs',
    method: 'GET',
    path: `${TEMPLATE}/runOutputs`,
    role: 'Reader',
    handle: listOutputs,
  },
  { name: 'get-run-output', method: 'GET', path: OUTPUT, role: 'Reader', handle: getOutput },
  {
    name: 'download-run-output',
    method: 'POST',
    path: `${OUTPUT}/download`,
    role: 'Builder',
    action: 'run',
    extension: true,
    handle: downloadOutput,
  },
];
