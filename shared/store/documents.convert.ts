import { KilnError } from '../errors/failure.ts';

/**
 * A stored document. Only this product writes these blobs and each carries its schema number, so that the shape is
 * trusted after the number was seen; another number means that a newer version of the product wrote it.
 */
export function parseDocument<T extends { readonly schema: 1 }>(text: string, name: string): T {
  const document = JSON.parse(text) as { schema?: unknown };
  if (document.schema === 1) return document as T;
  const message = `The stored document ${name} has schema ${String(document.schema)}; this version of Kiln reads 1.`;
  throw new KilnError({ code: 'InternalError', message });
}

/** A line of a timeline: written by this product, one JSON object each. */
export function parseLine<T>(line: string): T {
  return JSON.parse(line) as T;
}
