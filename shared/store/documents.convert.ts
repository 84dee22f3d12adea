import { KilnError } from '../errors/failure.ts';
import type { AuditEntry } from '../audit/entry.ts';
import type { Key } from './keys.ts';
import type { TimelineEntry } from './documents.ts';

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

/** A line of timeline.jsonl: written by this product, one JSON object each. */
export function parseEntry(line: string): TimelineEntry {
  return JSON.parse(line) as TimelineEntry;
}

/** A line of the audit, likewise. */
export function parseAuditLine(line: string): AuditEntry {
  return JSON.parse(line) as AuditEntry;
}
