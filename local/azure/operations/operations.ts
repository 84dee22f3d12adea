import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArmError, toArmError } from '../http/errors.ts';
import type { ArmRequest } from '../http/request.ts';
import { isObject, objectAt, parseObject, textAt, type JsonObject } from '../json.ts';
import type { Faults } from '../profile/faults.ts';
import { computeTime } from '../arm/times.ts';
import { keyOf, parentOf } from '../store/ids.ts';

export type Operation = {
  readonly id: string;
  /** OpenAPI operation id of the call that started it. */
  readonly kind: string;
  /** The resource that the call was about. */
  readonly subject: string;
  readonly status: 'InProgress' | 'Succeeded' | 'Failed';
  readonly startTime: string;
  readonly endTime?: string;
  readonly error?: JsonObject;
  /** HTTP status that a Location poll gets when the operation failed. */
  readonly errorStatus?: number;
  readonly output?: JsonObject;
};

export type Work = {
  readonly subject: string;
  /** What the operation does after its latency; the result becomes its output. */
  readonly run: () => Promise<JsonObject | undefined | void> | JsonObject | undefined | void;
  /** Called once when `run` or a fault of the profile made the operation fail. */
  readonly failed?: (error: ArmError) => void | Promise<void>;
};

/** Long-running operations: started by a call, polled by id, remembered across restarts. */
export class Operations {
  readonly #database: DatabaseSync;
  readonly #faults: Faults;
  readonly #log: (line: string) => void;
  /** When the last operation on a resource, or on one directly below it, began; of this process. */
  readonly #began = new Map<string, number>();
  #closed = false;

  constructor(database: DatabaseSync, faults: Faults, log: (line: string) => void) {
    this.#database = database;
    this.#faults = faults;
    this.#log = log;
    this.#failInterrupted();
  }

  get(id: string): Operation | undefined {
    const row = this.#database.prepare('SELECT document FROM operations WHERE id = ?').get(id.toLowerCase());
    const document = row?.['document'];
    return typeof document === 'string' ? toOperation(parseObject(document) ?? {}) : undefined;
  }

  /** Milliseconds for which whoever looks at the resource may have waited by now. */
  waitedFor(id: string): number {
    const began = this.#began.get(keyOf(id));
    return began === undefined ? 0 : Date.now() - began;
  }

  /** Starts `work` in the background and returns at once. */
  start(request: ArmRequest, work: Work): Operation {
    const operation: Operation = {
      id: randomUUID(),
      kind: request.operation,
      subject: work.subject,
      status: 'InProgress',
      startTime: computeTime(),
    };
    this.#save(operation);
    for (const id of [work.subject, parentOf(work.subject)]) this.#began.set(keyOf(id), Date.now());
    void this.#perform(operation, request, work);
    return operation;
  }

  /** Nothing is written after this. */
  close(): void {
    this.#closed = true;
  }

  async #perform(operation: Operation, request: ArmRequest, work: Work): Promise<void> {
    try {
      await sleep(this.#faults.latency(operation.kind));
      const planned = request.fault?.failOperation;
      if (planned !== undefined) throw new ArmError(409, planned.code, planned.message);
      const output = await work.run();
      const ended = { ...operation, status: 'Succeeded', endTime: computeTime() } as const;
      this.#save(isObject(output) ? { ...ended, output } : ended);
    } catch (error) {
      if (!this.#closed) await this.#fail(operation, toArmError(error), work);
    }
  }

  async #fail(operation: Operation, error: ArmError, work: Work): Promise<void> {
    this.#log(`operation ${operation.kind} ${operation.subject} failed: ${error.code}: ${error.message}`);
    try {
      await work.failed?.(error);
    } catch (cleanupError) {
      this.#log(`cleaning up after ${operation.kind} ${operation.subject}: ${String(cleanupError)}`);
    }
    const ended = { ...operation, status: 'Failed', endTime: computeTime() } as const;
    this.#save({ ...ended, error: error.toError(), errorStatus: error.status });
  }

  #save(operation: Operation): void {
    if (this.#closed) return;
    this.#database
      .prepare('INSERT OR REPLACE INTO operations (id, document) VALUES (?, ?)')
      .run(operation.id.toLowerCase(), JSON.stringify(operation));
  }

  /** What ran when the process ended can never finish: pollers must learn that. */
  #failInterrupted(): void {
    const error = {
      code: 'OperationPreempted',
      message: 'The local cloud was restarted while this operation ran. Start it again.',
    };
    this.#database
      .prepare(
        `UPDATE operations SET document =
           json_set(document, '$.status', 'Failed', '$.endTime', ?, '$.error', json(?), '$.errorStatus', 409)
         WHERE json_extract(document, '$.status') = 'InProgress'`,
      )
      .run(computeTime(), JSON.stringify(error));
  }
}

function toOperation(document: JsonObject): Operation {
  const status = textAt(document, 'status');
  const endTime = textAt(document, 'endTime');
  return {
    id: textAt(document, 'id') ?? '',
    kind: textAt(document, 'kind') ?? '',
    subject: textAt(document, 'subject') ?? '',
    status: status === 'Succeeded' || status === 'Failed' ? status : 'InProgress',
    startTime: textAt(document, 'startTime') ?? '',
    ...(endTime === undefined ? {} : { endTime }),
    ...(isObject(document['error']) ? { error: objectAt(document, 'error') } : {}),
    ...(typeof document['errorStatus'] === 'number' ? { errorStatus: document['errorStatus'] } : {}),
    ...(isObject(document['output']) ? { output: objectAt(document, 'output') } : {}),
  };
}
