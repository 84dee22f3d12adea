import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { resolveTemplate } from '../api/template-id.ts';
import type { TemplateId } from '../api/types.ts';
import { connect, type ConnectOptions, type Connection } from '../connect/connect.ts';
import { Output, type OutputOptions } from '../output/output.ts';

export type CommonOptions = ConnectOptions & OutputOptions;

/** The options of every command that talks to a Kiln. */
export function talksToKiln(command: Command): Command {
  return command
    .option('--endpoint <url>', 'address of Kiln (KILN_ENDPOINT; default: the local mode of this folder)')
    .option('--subscription <id>', 'subscription (KILN_SUBSCRIPTION)')
    .option('-g, --resource-group <name>', 'resource group of templates given by name (KILN_RESOURCE_GROUP)')
    .option('--json', 'result as JSON on stdout')
    .option('--plain', 'lines instead of a live view; also with CI or NO_COLOR set');
}

export type Session = {
  readonly out: Output;
  readonly client: ApiClient;
  readonly connection: Connection;
  /** A template as typed: a name or a full id. */
  readonly template: (given: string) => TemplateId;
};

export function openSession(options: CommonOptions): Session {
  return sessionOn(connect(options, process.env, process.cwd()), new Output(options));
}

export function sessionOn(connection: Connection, out: Output): Session {
  return {
    out,
    client: connection.client,
    connection,
    template: (given) => {
      // A full id names its own subscription; only a bare name needs the default one.
      const subscriptionId = given.startsWith('/') ? '' : connection.subscriptionId();
      return resolveTemplate(given, { subscriptionId, resourceGroup: connection.resourceGroup });
    },
  };
}

/** Collects a repeatable option. */
export const collect = (value: string, before: string[]): string[] => [...before, value];
