// The local cloud as a process: one JSON line on stdout when it is ready, everything else on stderr.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openCloud, type CloudOptions, type OpenCloud } from './open.ts';
import type { MachineKind } from './machine-room.ts';
import { liveProfile } from './profile/live.ts';
import { toProfile } from './profile/load.ts';
import { listen } from './server.ts';
import { serverCertificate } from './tls/authority.ts';

/** Whoever stopped the process waits no longer than this. */
const EXIT_MS = 2500;

const log = (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

try {
  await start();
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const { port, httpsPort, ...options } = readArguments();
  const open = await openCloud({ ...options, log });
  const { cert, key, caFile, bundleFile } = await serverCertificate(path.join(options.dataDir, 'tls'));
  const plain = await listen(open.listener, port);
  const secure = await listen(open.listener, httpsPort, { cert, key });
  const { url } = plain;
  // One cloud, one name in its tokens: a client of either listener is known to the app.
  open.cloud.identity.issuer = `${url}/adfs`;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      for (const { server } of [plain, secure]) {
        server.close();
        server.closeAllConnections();
      }
      stop(open);
    });
  const { cloud, identityHeader, clientSecret } = open;
  const ready = {
    ready: true,
    url,
    httpsUrl: secure.url,
    caFile,
    bundleFile,
    subscriptionId: cloud.subscriptionId,
    tenantId: cloud.tenantId,
    identityEndpoint: `${url}/msi/token`,
    identityHeader,
    clientSecret,
    machines: { kind: cloud.room.kind, description: cloud.room.description },
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function stop(open: OpenCloud): void {
  const timer = setTimeout(() => process.exit(1), EXIT_MS);
  open.close().then(
    () => {
      clearTimeout(timer);
      process.exit(0);
    },
    (error: unknown) => {
      log(`stopping: ${String(error)}`);
      process.exit(1);
    },
  );
}

function readArguments(): Omit<CloudOptions, 'log'> & { port: number; httpsPort: number } {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'https-port': { type: 'string', default: '0' },
      data: { type: 'string' },
      machines: { type: 'string', default: 'auto' },
      storage: { type: 'string' },
      profile: { type: 'string' },
      record: { type: 'string' },
      authorization: { type: 'string' },
      'app-url': { type: 'string' },
    },
  });
  const { data, machines, profile, record, authorization } = values;
  const ledger = process.env['KILN_ACTIONS_FOLDER'];
  // By the environment when somebody else starts the cloud: the key in it would show in the list of processes.
  const storage = values.storage ?? process.env['KILN_STORAGE_CONNECTION'];
  if (data === undefined || storage === undefined)
    throw new Error(
      '--data <dir> and --storage <Azurite connection string> (or KILN_STORAGE_CONNECTION) are required.',
    );
  if (!isKind(machines)) throw new Error(`--machines is qemu, simulated or auto, not '${machines}'.`);
  const port = readPort(values.port);
  const httpsPort = readPort(values['https-port']);
  return {
    port,
    httpsPort,
    dataDir: data,
    storage,
    machines,
    profile: profile === undefined ? toProfile({}) : liveProfile(profile, log),
    ...(record === undefined ? {} : { record }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(ledger === undefined ? {} : { ledger }),
    ...(values['app-url'] === undefined ? {} : { appUrl: values['app-url'] }),
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--port ${text} is no port.`);
}

function isKind(text: string): text is MachineKind {
  return text === 'qemu' || text === 'simulated' || text === 'auto';
}
