import type { Command } from 'commander';
import { resolveTemplate, templatePath } from '../api/template-id.ts';
import { busTarget, REQUESTS, withBus, type BusOptions } from '../bus/connect-bus.ts';
import { readBuildRequest } from '../bus/build-request.ts';
import { localEndpoints, type LocalEndpoints } from '../connect/local-endpoints.ts';
import { setting } from '../connect/setting.ts';
import { refuse } from '../errors.ts';
import { Output, type OutputOptions } from '../output/output.ts';
import { parseVariables } from '../template/placeholders.ts';
import { collect } from './common.ts';

type SendOptions = BusOptions &
  OutputOptions & {
    readonly subscription?: string;
    readonly resourceGroup?: string;
    readonly var: string[];
    readonly messageId?: string;
    readonly correlationId?: string;
  };

export function registerSend(program: Command): void {
  program
    .command('send')
    .description('send a build request to the queue, as another system would')
    .argument('<file>', 'JSON: {"templateId": "web", …}, or a CloudEvent around it')
    .option('--service-bus <namespace>', 'host name of the namespace (KILN_SERVICE_BUS; default: local mode)')
    .option('--subscription <id>', 'subscription of templates given by name (KILN_SUBSCRIPTION)')
    .option('-g, --resource-group <name>', 'resource group of templates given by name (KILN_RESOURCE_GROUP)')
    .option('--var <name=value>', 'value for {{name}} in the file; repeatable', collect, [])
    .option('--message-id <id>', 'the same id within an hour is the same request (default: a new one)')
    .option('--correlation-id <id>', 'your own id, repeated in events')
    .option('--json', 'result as JSON on stdout')
    .action(send);
}

async function send(file: string, options: SendOptions): Promise<void> {
  const out = new Output(options);
  const local = localEndpoints(process.env, process.cwd());
  const target = busTarget(options, process.env, process.cwd());
  const defaults = defaultsOf(options, target.kind === 'local' ? local : undefined);
  const { messageId, contentType, body } = await readBuildRequest(file, {
    values: { ...defaults, ...parseVariables(options.var) },
    ...(options.messageId === undefined ? {} : { messageId: options.messageId }),
    template: (given) => fullId(given, defaults),
  });
  const { correlationId } = options;
  await withBus(target, (client) =>
    client.createSender(REQUESTS).sendMessages({
      body,
      messageId,
      contentType,
      ...(correlationId === undefined ? {} : { correlationId }),
    }),
  );
  out.result([`Sent message ${messageId} to ${REQUESTS}.`], { queue: REQUESTS, messageId });
}

type Defaults = { readonly subscription?: string; readonly resourceGroup?: string };

function defaultsOf(options: SendOptions, local: LocalEndpoints | undefined): Defaults {
  const { env } = process;
  const subscription = options.subscription ?? setting(env, 'KILN_SUBSCRIPTION') ?? local?.subscriptionId;
  const resourceGroup =
    options.resourceGroup ?? setting(env, 'KILN_RESOURCE_GROUP') ?? (local ? 'images' : undefined);
  return {
    ...(subscription === undefined ? {} : { subscription }),
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
  };
}

function fullId(given: string, { subscription, resourceGroup }: Defaults): string {
  if (given.startsWith('/')) return given;
  if (subscription === undefined)
    throw refuse('The subscription is not known.', 'Pass --subscription or set KILN_SUBSCRIPTION.');
  return templatePath(resolveTemplate(given, { subscriptionId: subscription, resourceGroup }));
}
