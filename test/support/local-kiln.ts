import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = path.resolve(import.meta.dirname, '../..');
/** Seconds that a host may take to come up on a machine that has much else to do. */
const HOST_PATIENCE = 120;
export const API_VERSION = '2026-11-01';

export type Answer = { status: number; headers: Headers; body: any };

/** The whole of local mode in its own processes and folder, spoken to over HTTP as a stranger would. */
export class LocalKiln {
  readonly folder: string;
  private supervisor: ChildProcess | undefined;
  private log = '';
  private tokens = new Map<string, string>();

  private constructor(folder = mkdtempSync(path.join(tmpdir(), 'kiln-e2e-'))) {
    this.folder = folder;
  }

  /** Starts storage, cloud and host; `profile` and extra options go to the local cloud. */
  static async start(
    options: {
      machines?: string;
      profile?: unknown;
      env?: Record<string, string>;
      record?: boolean;
      storagePort?: number;
      authorization?: string;
      host?: 'embedded' | 'core-tools';
      /** Of one that was halted. */
      folder?: string;
    } = {},
  ): Promise<LocalKiln> {
    const kiln = new LocalKiln(options.folder);
    const profile = path.join(kiln.folder, 'profile.json');
    if (options.profile !== undefined) writeFileSync(profile, JSON.stringify(options.profile));
    const args = [
      'dist/local/main/main.js',
      '--port',
      '0',
      '--cloud-port',
      '0',
      '--storage-port',
      String(options.storagePort ?? 0),
      '--amqp-port',
      '0',
      '--sample-world',
      '--data',
      kiln.folder,
      '--machines',
      options.machines ?? 'simulated',
      ...(options.profile === undefined ? [] : ['--profile', profile]),
      '--host',
      options.host ?? 'embedded',
      ...(options.authorization === undefined ? [] : ['--authorization', options.authorization]),
      ...(options.record === true ? ['--record', kiln.recordFile] : []),
    ];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      // Most tests are of something else than the machine that is booted for hygiene alone, and would wait for it.
      env: { ...process.env, KILN_HYGIENE_BOOT: 'false', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    kiln.supervisor = child;
    child.stderr.on('data', (data) => (kiln.log += data));
    const line = await Promise.race([
      once(createInterface(child.stdout), 'line').then(([text]) => String(text)),
      once(child, 'exit').then(() => Promise.reject(new Error(`Local mode did not start:\n${kiln.log}`))),
    ]);
    if (!JSON.parse(line).ready) throw new Error(line);
    return kiln;
  }

  get recordFile(): string {
    return path.join(this.folder, 'record.jsonl');
  }

  get endpoints(): any {
    return JSON.parse(readFileSync(path.join(this.folder, 'endpoints.json'), 'utf8'));
  }

  get stderr(): string {
    return this.log;
  }

  get templatePath(): string {
    return `/subscriptions/${this.endpoints.subscriptionId}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates`;
  }

  async token(audience: string): Promise<string> {
    const known = this.tokens.get(audience);
    if (known !== undefined) return known;
    const form = {
      grant_type: 'client_credentials',
      client_id: '11111111-2222-4333-8444-555555555555',
      client_secret: this.endpoints.clientSecret,
      scope: `${audience}/.default`,
    };
    const answer = await fetch(this.endpoints.tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token: token } = (await answer.json()) as any;
    this.tokens.set(audience, token);
    return token;
  }

  /** One request to Kiln's API; repeated while the host is being started again. */
  async api(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const target = url.startsWith('http')
      ? url
      : `${this.endpoints.api}${url}${url.includes('?') ? '&' : '?'}api-version=${API_VERSION}`;
    return this.send(method, target, await this.token(this.endpoints.audience), body, headers);
  }

  async arm(method: string, url: string, apiVersion: string, body?: unknown): Promise<Answer> {
    const target = `${this.endpoints.arm}${url}?api-version=${apiVersion}`;
    return this.send(method, target, await this.token('https://management.azure.com'), body);
  }

  private async send(
    method: string,
    url: string,
    token: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const raw = body instanceof Uint8Array || typeof body === 'string';
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as any) : JSON.stringify(body) }),
    };
    const isOver = this.patience(HOST_PATIENCE);
    for (;;) {
      try {
        const answer = await fetch(url, init);
        const text = await answer.text();
        return { status: answer.status, headers: answer.headers, body: parse(text) };
      } catch (error) {
        if (isOver()) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** True when the host has answered; not merely that its process is there. */
  async isUp(): Promise<boolean> {
    const answer = await fetch(`${this.endpoints.api}/health`).catch(() => undefined);
    return answer?.status === 200;
  }

  /**
   * Kills the host a while after it has answered: one that is shot before it can answer does nothing, however many of
   * them there are, and on a busy machine that is every one. False when the caller does not want it any more by then.
   */
  async killHost(afterMs: number, isWanted: () => boolean = () => true): Promise<boolean> {
    const up = () => this.isUp().then((answered) => answered || !isWanted() || undefined);
    await this.until('an answer of the host', up, HOST_PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (!isWanted()) return false;
    const { host } = this.endpoints.pids;
    process.kill(host, 'SIGKILL');
    const next = () => Promise.resolve(this.endpoints.pids.host !== host || undefined);
    await this.until('the next host', next, HOST_PATIENCE);
    return true;
  }

  /** Says when to give up: so many seconds after the last start of a host, however often it is killed meanwhile. */
  private patience(seconds: number): () => boolean {
    let host: unknown;
    let deadline = 0;
    return () => {
      const { host: current } = this.endpoints.pids;
      if (current !== host) deadline = Date.now() + seconds * 1000;
      host = current;
      return this.supervisor?.exitCode !== null || Date.now() > deadline;
    };
  }

  /** Repeats a look until it gives something, or fails with what it saw last. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined>,
    seconds = 60,
    pause = pauseAfter,
  ): Promise<T> {
    const isOver = this.patience(seconds);
    const began = Date.now();
    for (;;) {
      const value = await look();
      if (value !== undefined) return value;
      if (isOver()) throw new Error(`${what} did not happen within ${seconds} s.\n${this.log.slice(-4000)}`);
      await new Promise((resolve) => setTimeout(resolve, pause(Date.now() - began)));
    }
  }

  /** Submits a template and waits until it is accepted or refused. */
  async submit(name: string, body: unknown): Promise<Answer> {
    const put = await this.api('PUT', `${this.templatePath}/${name}`, body);
    if (put.status >= 300) return put;
    return this.until('submission', async () => {
      const answer = await this.api('GET', `${this.templatePath}/${name}`);
      return ['Creating', 'Updating'].includes(answer.body.properties?.provisioningState)
        ? undefined
        : answer;
    });
  }

  /** Runs a template to its end, clean-up included, and answers with the run. */
  async run(name: string, seconds = 60): Promise<any> {
    const started = await this.api('POST', `${this.templatePath}/${name}/run`);
    if (started.status !== 202)
      throw new Error(`run answered ${started.status}: ${JSON.stringify(started.body)}`);
    return this.ended(name, seconds);
  }

  /** The newest run once it is over and cleaned up. */
  async ended(name: string, seconds = 60): Promise<any> {
    return this.until(
      'the end of the run',
      async () => {
        const { body } = await this.api('GET', `${this.templatePath}/${name}/runs`);
        const run = body.value?.[0];
        return run?.endTime !== undefined && (run.cleanup !== undefined || run.stagingGroup === undefined)
          ? run
          : undefined;
      },
      seconds,
      pauseBeforeEnd,
    );
  }

  /** Ends it and keeps its folder, from which another one can go on. */
  async halt(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.supervisor;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.halt('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A look costs the host as much as a step of the build that is waited for: what takes long is looked at seldom. */
function pauseAfter(waitedMs: number): number {
  return Math.min(25 + waitedMs / 10, 250);
}

/** An end stays, and nobody has to catch it. */
function pauseBeforeEnd(waitedMs: number): number {
  return Math.min(100 + waitedMs / 5, 1000);
}

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
