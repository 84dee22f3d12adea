import type { ContainerClient } from '@azure/storage-blob';
import { KilnError } from '../errors/failure.ts';
import type { AuditEntry } from '../model/documents/audit-entry.ts';
import type { Key } from './keys.ts';
import { seen } from './seen.ts';
import type { Stored } from '../ports/store.ts';
import type { TimelineEntry } from '../model/documents/documents.ts';

/**
 * A stored document. Only this product writes these blobs and each carries its schema number, so that the shape is
 * trusted after the number was seen; another number means that a newer version of the product wrote it.
 */
export function parseDocument<T extends { readonly schema: 1 }>(key: Key<T>, text: string): T {
  const document = JSON.parse(text) as { schema?: unknown };
  if (document.schema === 1) return document as T;
  const message = `The stored document ${key.name} has schema ${String(document.schema)}; this version of Kiln reads 1.`;
  throw new KilnError({ code: 'BrokenInvariant', message });
}

/** What this process remembers of a document: only what was read or written under the same key is there. */
export function seenDocument<T extends { readonly schema: 1 }>(
  container: ContainerClient,
  key: Key<T>,
  maxAge?: number,
): Stored<T> | undefined {
  return seen(container, key.name, maxAge) as Stored<T> | undefined;
}

/** A line of timeline.jsonl: written by this product, one JSON object each. */
export function parseEntry(line: string): TimelineEntry {
  return JSON.parse(line) as TimelineEntry;
}

/** A line of the audit, likewise. */
export function parseAuditLine(line: string): AuditEntry {
  return JSON.parse(line) as AuditEntry;
}
