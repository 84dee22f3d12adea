import type { Run } from '../model/documents/documents.ts';

/** Numbers of the gallery versions that a run has made; one image may have several, one for each definition. */
export function versionsOf({ outputs }: Pick<Run, 'outputs'>): string[] {
  const numbers = outputs.flatMap(({ artifactId = '' }) => {
    const number = /\/versions\/([^/]+)$/i.exec(artifactId)?.[1];
    return number === undefined ? [] : [number];
  });
  return [...new Set(numbers)];
}
