import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Need } from './action.ts';

/** Notes which actions the clients that are held to roles really ask for. */
export type Ledger = { write(need: Need, operation: string): void };

/**
 * Appends each action once per scope as a JSON line to a file of this process in `folder`; without a folder it does nothing.
 * The tests compare it with the roles that `infra/` assigns.
 */
export function createLedger(folder: string | undefined): Ledger {
  if (folder === undefined) return { write: () => undefined };
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${process.pid}.jsonl`);
  const seen = new Set<string>();
  return {
    write({ action, scope }, operation) {
      const key = `${action} ${scope}`.toLowerCase();
      if (seen.has(key)) return;
      seen.add(key);
      appendFileSync(file, `${JSON.stringify({ action, scope, operation })}\n`);
    },
  };
}
