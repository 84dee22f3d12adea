import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import { AppendLog } from '../blobs/append-log.ts';
import { agentTime } from '../arm/times.ts';
import type { JsonObject } from '../json.ts';
import { Tail } from './tail.ts';

export type Command = {
  readonly vmId: string;
  /** Name of the run command: file-name safe. */
  readonly name: string;
  readonly loadScript: () => Promise<string>;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly outputBlobUri: string | undefined;
  readonly errorBlobUri: string | undefined;
  /** A fault of the profile: the script ends and nobody hears of it. */
  readonly stuck: boolean;
};

export type Ending = 'ended' | 'canceled' | 'lost';

/** Exit codes of Azure's handler for what goes wrong before the script starts. */
const SCRIPT_NOT_LOADED = -100;
const LOG_NOT_WRITABLE = -101;
const AGENT_LOOK_MS = 100;

/** One run of one script, with the view that ARM shows of it. */
export class Execution {
  readonly #stdout = new Tail();
  readonly #stderr = new Tail();
  readonly #abort = new AbortController();
  readonly #begin = deferred();
  readonly #gone = deferred();
  #state: 'Pending' | 'Running' | 'Succeeded' | 'Failed' = 'Pending';
  #message = '';
  #exitCode = 0;
  #shown = { output: '', error: '' };
  #startTime: string | undefined;
  #endTime: string | undefined;
  /** Settles when the script starts, or when it never will. */
  readonly started: Promise<void> = this.#begin.promise;
  readonly canceled: Promise<void> = this.#gone.promise;

  cancel(): void {
    this.#abort.abort();
    this.#begin.resolve();
    this.#gone.resolve();
  }

  /** https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/get-by-virtual-machine */
  view(): JsonObject {
    return {
      executionState: this.#state,
      executionMessage: this.#message,
      exitCode: this.#exitCode,
      ...this.#shown,
      ...(this.#startTime === undefined ? {} : { startTime: this.#startTime }),
      ...(this.#endTime === undefined ? {} : { endTime: this.#endTime }),
    };
  }

  /**
   * Runs the script. `lost`: the machine went away under it, and as in Azure the state stays Running for ever, because
   * the agent that would report is gone.
   */
  async run(cloud: Cloud, command: Command): Promise<Ending> {
    const logs: AppendLog[] = [];
    try {
      const [stdout, stderr] = await openLogs(cloud, command, logs);
      const script = await this.#load(command);
      if (script === undefined) return 'ended';
      const { exitCode, message } = await cloud.machines.run(
        command.vmId,
        {
          id: command.name,
          script,
          environment: command.environment,
          timeoutSeconds: command.timeoutSeconds,
          signal: this.#abort.signal,
          onOutput: (stream, chunk) => {
            (stream === 'stdout' ? this.#stdout : this.#stderr).push(chunk);
            // The log is the handler's own; its view comes by way of the agent, and stands still without one.
            if (cloud.machines.find(command.vmId)?.agent !== undefined) this.#show();
            (stream === 'stdout' ? stdout : stderr)?.write(chunk);
          },
        },
        () => this.#start(),
      );
      if (this.#abort.signal.aborted) return 'canceled';
      if (command.stuck || !(await this.#agentIsThere(cloud, command.vmId))) return 'lost';
      this.#end(exitCode, message ?? outcomeOf(exitCode));
      return 'ended';
    } catch (error) {
      return this.#stopped(error, logs.length);
    } finally {
      await Promise.all(logs.map((log) => log.close()));
      this.#begin.resolve();
    }
  }

  /** It reports, and nobody else: an agent that a script has stopped is waited for, as Azure does. */
  async #agentIsThere(cloud: Cloud, vmId: string): Promise<boolean> {
    while (!this.#abort.signal.aborted) {
      const machine = cloud.machines.find(vmId);
      if (machine?.agent !== undefined) return true;
      if (machine === undefined || machine.power === 'stopped') return false;
      await sleep(AGENT_LOOK_MS, undefined, { ref: false });
    }
    return false;
  }

  #show(): void {
    this.#shown = { output: this.#stdout.toString(), error: this.#stderr.toString() };
  }

  #start(): void {
    this.#state = 'Running';
    this.#message = 'Execution in progress';
    this.#startTime = agentTime();
    this.#begin.resolve();
  }

  #end(exitCode: number, message: string): void {
    this.#show();
    this.#exitCode = exitCode;
    this.#message = message;
    this.#state = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#startTime ??= agentTime();
    this.#endTime = agentTime();
  }

  async #load(command: Command): Promise<string | undefined> {
    try {
      return await command.loadScript();
    } catch (error) {
      this.#end(SCRIPT_NOT_LOADED, `failed to download the script: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #stopped(error: unknown, openLogsCount: number): Ending {
    if (this.#abort.signal.aborted) return 'canceled';
    if (error instanceof LogError) {
      this.#end(LOG_NOT_WRITABLE, `failed to open output blob ${openLogsCount + 1}: ${error.message}`);
      return 'ended';
    }
    this.#message = reasonOf(error);
    return 'lost';
  }
}

/** The handler's own words. */
function outcomeOf(exitCode: number): string {
  if (exitCode === 0) return 'Execution completed';
  return `Execution failed: failed to execute command: command terminated with exit status=${exitCode}`;
}

class LogError extends Error {}

/** Promise.withResolvers, which the oldest supported Node does not have. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

async function openLogs(
  cloud: Cloud,
  { outputBlobUri, errorBlobUri }: Command,
  opened: AppendLog[],
): Promise<[AppendLog | undefined, AppendLog | undefined]> {
  const open = async (url: string | undefined) => {
    if (url === undefined || url === '') return undefined;
    try {
      const log = await AppendLog.open(url, { rate: cloud.profile.outputRate, log: cloud.log });
      opened.push(log);
      return log;
    } catch (error) {
      throw new LogError(reasonOf(error), { cause: error });
    }
  };
  return [await open(outputBlobUri), await open(errorBlobUri)];
}

/** The first line: the storage SDK puts the whole request, signature included, into the rest. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').replaceAll(/([?&]sig=)[^&\s]*/gi, '$1REDACTED');
}
