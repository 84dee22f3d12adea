import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { localPageAddress } from '../connect/page-address.ts';
import { findEndpoints, type LocalEndpoints } from '../connect/local-endpoints.ts';
import { EXIT } from '../errors.ts';
import { ownName } from '../local/follow-npm.ts';
import { packageRoot } from '../local/package-root.ts';
import { startLocalMode } from '../local/supervisor-process.ts';
import { makeFolder } from '../output/make-folder.ts';
import { Output, type OutputOptions } from '../output/output.ts';
import { port } from './port.ts';

type LocalOptions = OutputOptions & {
  readonly port: number;
  readonly cloudPort: number;
  readonly httpsPort?: number;
  readonly storagePort: number;
  readonly amqpPort: number;
  readonly amqpsPort?: number;
  readonly data: string;
  readonly machines: string;
  readonly profile?: string;
  readonly record?: string;
  readonly authorization?: string;
  readonly host: string;
  readonly sampleWorld?: boolean;
};

export function registerLocal(program: Command): void {
  program
    .command('local')
    .description('run Kiln on this machine: storage, a local cloud with its machines, and the app')
    .option('--port <number>', 'port of the API, 0 = any', port, 7071)
    .option('--cloud-port <number>', 'port of the local cloud (ARM, identity), 0 = any', port, 7080)
    .option('--https-port <number>', 'port of the local cloud over https, for az and the SDKs (7443)', port)
    .option('--storage-port <number>', 'port of the storage emulator, 0 = any', port, 10_000)
    .option('--amqp-port <number>', 'port of the Service Bus (AMQP 1.0), 0 = any', port, 5672)
    .option('--amqps-port <number>', 'port of the Service Bus over TLS (5671)', port)
    .addOption(
      new Option('--data <folder>', 'where everything is kept').default('.kiln/local').env('KILN_DATA'),
    )
    .addOption(
      new Option('--machines <kind>', 'what a virtual machine is')
        .choices(['qemu', 'simulated', 'auto'])
        .default('auto'),
    )
    .option('--profile <file>', 'latencies and faults of the local cloud')
    .option('--record <file>', 'record every request to the local cloud')
    .option('--authorization <file>', 'role assignments that the local cloud holds the app to')
    .addOption(
      new Option('--host <kind>', 'what runs the app; core-tools where func is installed')
        .choices(['embedded', 'core-tools'])
        .default('embedded'),
    )
    .option('--sample-world', 'create the group `images` and the gallery `goldens` that the examples use')
    .option('--json', 'endpoints as JSON on stdout')
    .action(async (options: LocalOptions) => {
      process.exitCode = await local(options);
    });
}

async function local(options: LocalOptions): Promise<number> {
  const out = new Output(options);
  // What cannot be used is found out here: the processes below would try again and again.
  makeFolder(options.data, 0o700);
  for (const file of [options.profile, options.authorization])
    if (file !== undefined) accessSync(file, constants.R_OK);
  const running = startLocalMode({ args: argumentsOf(options), onLine: (line) => out.say(line) });
  let isWanted = true;
  const stop = (): void => {
    isWanted = false;
    void running.stop();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const endpoints = await running.ready.catch((error: unknown) => {
    if (isWanted) throw error;
  });
  if (endpoints === undefined) return EXIT.succeeded;
  tellEndpoints(out, endpoints, await localPageAddress(endpoints));
  return running.ended;
}

function tellEndpoints(out: Output, endpoints: LocalEndpoints, page: string): void {
  const { api, arm, https, envFile, subscriptionId, machines, file } = endpoints;
  if (machines.kind === 'simulated')
    out.say(
      '',
      out.style.yellow('!!! SIMULATED MACHINES: no script really runs, and no image that is built boots.'),
    );
  out.result(
    [
      '',
      `  web page       ${page}`,
      '                 (good once, for an hour; `kiln open` gives another)',
      `  API            ${api}`,
      `  ARM            ${arm}, ${https}`,
      `  subscription   ${subscriptionId}`,
      `  machines       ${machines.kind}: ${machines.description}`,
      '',
      'Next, in another terminal:',
      ...nextLines(file),
      '',
      'For az and the Azure SDKs, see docs/azure-clients.md:',
      `  source ${envFile}`,
      '',
      'Ctrl-C stops everything.',
    ],
    { page, api, arm, https, envFile, subscriptionId, machines, endpointsFile: file },
  );
}

/** Commands that work as they stand, typed in this folder as this one was. */
function nextLines(endpointsFile: string): string[] {
  const kiln = ownName(process.env);
  const isFound = findEndpoints(process.cwd())?.file === endpointsFile;
  const example = path.join(packageRoot(), 'examples', 'debian-web', 'template.json');
  return [
    ...(isFound ? [] : [`  export KILN_DATA='${path.dirname(endpointsFile)}'`]),
    `  ${kiln} build ${path.relative(process.cwd(), example)} --wait`,
    `  ${kiln} runs`,
    `  ${kiln} logs -f`,
  ];
}

function argumentsOf(options: LocalOptions): string[] {
  const args = [
    ['--port', String(options.port), '--cloud-port', String(options.cloudPort)],
    ['--storage-port', String(options.storagePort), '--amqp-port', String(options.amqpPort)],
    ['--data', options.data, '--machines', options.machines, '--host', options.host],
  ].flat();
  if (options.amqpsPort !== undefined) args.push('--amqps-port', String(options.amqpsPort));
  if (options.httpsPort !== undefined) args.push('--https-port', String(options.httpsPort));
  if (options.profile !== undefined) args.push('--profile', options.profile);
  if (options.record !== undefined) args.push('--record', options.record);
  if (options.authorization !== undefined) args.push('--authorization', options.authorization);
  if (options.sampleWorld === true) args.push('--sample-world');
  return args;
}
