import type { ContainerClient } from '@azure/storage-blob';
import type { Stored } from '../ports/store.ts';
import { Remembered } from '../remembered.ts';

/**
 * Bytes of JSON that are remembered, some times as much in memory: what a thousand builds are at work on, and the list of
 * all that wait for their turn, which grows with them.
 */
const MOST = 12 * 1024 * 1024;
/** Bytes of one document: what is longer is an inventory or the like, and seldom read twice. */
const LONGEST = 1024 * 1024;

type Seen = { readonly stored: Stored<unknown>; readonly at: number };

/**
 * What this process has read or written last. It is never the truth: a change that is made of it is written on the
 * condition that it still holds, and who only looks says how old it may be.
 */
const memories = new WeakMap<ContainerClient, Remembered<Seen>>();

/** What this process has just written. */
export function remember(
  container: ContainerClient,
  name: string,
  stored: Stored<unknown>,
  bytes: number,
): void {
  keep(memoryOf(container), name, { stored, at: Date.now() }, bytes);
}

/**
 * Call it before a read, and what it answers with what was read. When something was remembered meanwhile, the read may be older than
 * that, as of somebody who watches a run while it ends: then it is not remembered.
 */
export function beginRead(
  container: ContainerClient,
  name: string,
): (stored: Stored<unknown>, bytes: number) => void {
  const memory = memoryOf(container);
  const before = memory.get(name);
  const at = Date.now();
  return (stored, bytes) => {
    if (memory.get(name) === before) keep(memory, name, { stored, at }, bytes);
  };
}

function memoryOf(container: ContainerClient): Remembered<Seen> {
  const memory = memories.get(container) ?? new Remembered<Seen>(MOST);
  memories.set(container, memory);
  return memory;
}

function keep(memory: Remembered<Seen>, name: string, found: Seen, bytes: number): void {
  if (bytes > LONGEST) memory.delete(name);
  else memory.set(name, found, bytes);
}

export function forget(container: ContainerClient, name: string): void {
  memories.get(container)?.delete(name);
}

/** `maxAge` in milliseconds. */
export function seen(
  container: ContainerClient,
  name: string,
  maxAge = Infinity,
): Stored<unknown> | undefined {
  const found = memories.get(container)?.get(name);
  return found !== undefined && Date.now() - found.at <= maxAge ? found.stored : undefined;
}
