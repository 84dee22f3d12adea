import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Options } from './options.ts';

/** Wrong or impossible wishes of the user: exit code 2, and no stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

const OPTION_OF = {
  api: ['the API', '--port'],
  cloud: ['the local cloud', '--cloud-port'],
  https: ['the local cloud over https', '--https-port'],
  storage: ['the storage emulator', '--storage-port'],
  serviceBus: ['the Service Bus', '--amqp-port'],
  serviceBusTls: ['the Service Bus over TLS', '--amqps-port'],
} as const satisfies Record<keyof Options['ports'], readonly [string, string]>;

/** Refuses a start that would fail half way, with every port that is taken: by whom, and which option names another. */
export async function refusePortsInUse(ports: Options['ports']): Promise<void> {
  const taken: string[] = [];
  for (const name of ['api', 'cloud', 'https', 'storage', 'serviceBus', 'serviceBusTls'] as const) {
    const port = ports[name];
    if (port === 0 || (await isFree(port))) continue;
    const [what, option] = OPTION_OF[name];
    taken.push(`Port ${port} for ${what} is in use${ownerOf(port)}: ${option} 0 takes any that is free.`);
  }
  if (taken.length > 0) throw new Refusal(taken.join('\n'));
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    // A port that we may not have (EACCES) is told by the service that wants it.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Linux tells a user of which of their own processes a socket is; of others, and elsewhere, it is not known. */
function ownerOf(port: number): string {
  try {
    const inode = inodeOf(port);
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name, `socket:[${inode}]`));
    if (inode === undefined || pid === undefined) return '';
    return ` by pid ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return '';
  }
}

/** Of the listening socket: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
function inodeOf(port: number): string | undefined {
  const local = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')}$`);
  const lines = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n'));
  return lines
    .map((line) => line.trim().split(/\s+/))
    .find(([, address = '', , state]) => state === '0A' && local.test(address))?.[9];
}

function holds(pid: string, socket: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === socket);
  } catch {
    return false;
  }
}
