import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SOCKETS } from './arguments.ts';
import { QEMU } from './emulator.ts';
import type { Reach } from './guest-firewall.ts';
import { filterNetwork } from './guest-network.ts';
import { JsonChannel, type JsonObject } from './json-channel.ts';
import { Ring } from './ring.ts';

/** A path of a unix socket has at most 107 bytes. */
const LONGEST_FOLDER = 90;
const CONNECT_DEADLINE_MS = 20_000;
const KEPT_MESSAGE_BYTES = 4096;

export type QemuProcess = {
  readonly pid: number;
  readonly qmp: JsonChannel;
  /** The guest agent's end. Stays connected while the guest restarts. */
  readonly agent: Socket;
  readonly run: Socket;
  /** Resolves when QEMU has ended and its sockets are gone, with its last words. */
  readonly exited: Promise<string>;
  kill(): void;
};

export type Spawn = {
  /** Given the folder in which QEMU finds its sockets. */
  readonly arguments: (sockets: string) => readonly string[];
  /** What the guest may reach on this machine. */
  readonly reach: Reach;
  readonly console: Ring;
  readonly onEvent: (event: JsonObject) => void;
  /** Called before anything is awaited, so that even a crash right now leaves a trace to clean up by. */
  readonly onSpawn: (pid: number, sockets: string) => void;
  /** Open file that QEMU inherits as descriptor 3, for the state of a warm start. */
  readonly inherited?: number;
};

/** A private folder (0700) with a name short enough for sockets. */
export async function socketFolder(): Promise<string> {
  const parent = tmpdir().length <= LONGEST_FOLDER - 'kiln-XXXXXX'.length ? tmpdir() : '/tmp';
  return mkdtemp(join(parent, 'kiln-'));
}

/**
 * Starts QEMU so that it cannot outlive this process: the kernel kills it when the thread that started it dies, even by
 * SIGKILL (PR_SET_PDEATHSIG; setpriv(1) sets it, since Node cannot).
 */
export async function spawnQemu(request: Spawn): Promise<QemuProcess> {
  const sockets = await socketFolder();
  const servers = SOCKETS.map((name) => firstConnection(join(sockets, name)));
  const args = ['--pdeathsig', 'KILL', QEMU, ...request.arguments(sockets)];
  const child = spawn('setpriv', args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(request.inherited === undefined ? [] : [request.inherited])],
  });
  const exited = whenGone(child, request.console).then(async (words) => {
    await rm(sockets, { recursive: true, force: true });
    return words;
  });
  const failed = exited.then((words) => {
    throw new Error(`QEMU ended before the machine came up: ${words}`);
  });
  failed.catch(() => {});
  if (child.pid !== undefined) request.onSpawn(child.pid, sockets);
  try {
    const connected = Promise.all(servers.map((server) => server.socket));
    connected.catch(() => {});
    const [qmpSocket, agentSocket, runSocket, out, into] = await Promise.race([connected, failed]);
    if (!qmpSocket || !agentSocket || !runSocket || !out || !into) throw new Error('QEMU did not connect');
    filterNetwork(out, into, request.reach);
    const channel = new JsonChannel(qmpSocket, request.onEvent);
    await channel.call('qmp_capabilities');
    // Without a listener, output that nobody waits for any more is dropped instead of blocking the guest.
    runSocket.on('error', () => {}).resume();
    const kill = (): void => void child.kill('SIGKILL');
    return { pid: child.pid ?? 0, qmp: channel, agent: agentSocket, run: runSocket, exited, kill };
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  } finally {
    for (const server of servers) server.close();
  }
}

function whenGone(child: ChildProcess, console: Ring): Promise<string> {
  const messages = new Ring(KEPT_MESSAGE_BYTES);
  child.stdout?.on('data', (chunk: Buffer) => console.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => messages.push(chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`${QEMU} could not be started: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(messages.toString().trim() || `it ended with ${code ?? signal}`),
    );
  });
}

/** Listens before QEMU starts, so that nobody has to poll for a socket. */
function firstConnection(path: string): { readonly socket: Promise<Socket>; close(): void } {
  const server = createServer();
  const socket = new Promise<Socket>((resolve, reject) => {
    const late = (): void =>
      reject(new Error(`QEMU did not connect to ${path} in ${CONNECT_DEADLINE_MS} ms`));
    const timer = setTimeout(late, CONNECT_DEADLINE_MS);
    server.once('connection', (connection) => {
      clearTimeout(timer);
      resolve(connection);
    });
    server.once('error', reject);
    server.once('close', () => clearTimeout(timer));
  });
  server.listen(path);
  return { socket, close: () => void server.close() };
}
