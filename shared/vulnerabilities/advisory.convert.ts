import type { Advisory } from './advisory.ts';

/** A line that `lineOf` has written. */
export function advisoryOf(line: string): Advisory {
  const at = line.indexOf('\t');
  return { package: line.slice(0, at), ...(JSON.parse(line.slice(at + 1)) as Omit<Advisory, 'package'>) };
}
