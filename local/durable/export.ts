import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { HistoryEvent } from './events.ts';
import type { RuntimeStatus } from './instance.ts';
import { databaseFile } from './store/schema.ts';
import { DurableStore } from './store/store.ts';

/** One instance as it was recorded: what the replay checker needs, and nothing that is particular to a machine. */
export type Recording = {
  readonly orchestrator: string;
  readonly instanceId: string;
  readonly parentInstanceId: string | null;
  readonly status: RuntimeStatus;
  readonly input: unknown;
  readonly history: readonly HistoryEvent[];
};

/**
 * Reads an instance's history from a host's data directory, also while the host runs. The history is that of the last
 * execution after a continue-as-new. Throws when there is no such instance.
 */
export function exportHistory(dataDir: string, instanceId: string): Recording {
  const file = databaseFile(dataDir);
  if (!existsSync(file))
    throw new Error(`There is no durable data in ${dataDir}. Name the host's --data directory.`);
  const store = new DurableStore(new DatabaseSync(file, { readOnly: true }));
  try {
    return recordingOf(store, instanceId);
  } finally {
    store.close();
  }
}

/** Throws when there is no such instance. */
export function recordingOf(store: DurableStore, instanceId: string): Recording {
  const instance = store.instance(instanceId);
  if (!instance) throw new Error(`There is no instance '${instanceId}' in the store.`);
  return {
    orchestrator: instance.name,
    instanceId,
    parentInstanceId: instance.parent?.instance ?? null,
    status: instance.status,
    input: JSON.parse(instance.input),
    history: store.history(instanceId),
  };
}
