// The Service Bus of local mode as a process: one JSON line on stdout when it is ready, everything else on stderr.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serverCertificate } from '../azure/tls/authority.ts';
import { accessKey } from './access-key.ts';
import { startBroker } from './broker.ts';
import { DEPLOYED } from './entities.ts';

const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

/** A change that cannot be stored must not live on in memory: the next process reads what is really there. */
function fail(error: unknown): never {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '5672' },
      'tls-port': { type: 'string', default: '5671' },
      certificates: { type: 'string' },
      data: { type: 'string' },
    },
  });
  if (values.data === undefined) throw new Error('--data is missing: the folder that messages are kept in.');
  const data = path.resolve(values.data);
  const folder = values.certificates;
  const certificate = folder === undefined ? undefined : await serverCertificate(path.resolve(folder));
  const broker = await startBroker({
    entities: DEPLOYED,
    data,
    key: accessKey(data),
    port: Number(values.port),
    ...(certificate === undefined ? {} : { tls: { port: Number(values['tls-port']), ...certificate } }),
    log,
  });
  const stop = (): void => void broker.close().then(() => process.exit(0), fail);
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const { connectionString, tlsPort } = broker;
  process.stdout.write(`${JSON.stringify({ ready: true, connectionString, tlsPort })}\n`);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
main().catch(fail);
