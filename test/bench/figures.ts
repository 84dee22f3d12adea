// What a benchmark has measured, beside what it should be. `npm run bench` reads these lines and makes one table of them.

export type Figure = {
  readonly what: string;
  /** At most, or at least. */
  readonly goal: readonly ['<=' | '>=', number];
  readonly value: number;
  readonly unit: string;
};

const MARK = 'figure: ';

/** Prints a figure and tells whether it is good. */
export function figure(one: Figure): boolean {
  console.log(`${MARK}${JSON.stringify(one)}`);
  return isGood(one);
}

export function isGood({ goal: [sense, goal], value }: Figure): boolean {
  return sense === '<=' ? value <= goal : value >= goal;
}

export function figuresIn(output: string): Figure[] {
  const lines = output.split('\n').filter((line) => line.startsWith(MARK));
  return lines.map((line) => JSON.parse(line.slice(MARK.length)) as Figure);
}
