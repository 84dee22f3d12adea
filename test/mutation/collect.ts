// Stands in for node:test where mutants are tried: it keeps the tests, which run once for each mutant that they reach.
type Test = { readonly name: string; readonly run: () => unknown };

export const collected: Test[] = [];

export function test(name: string, run: () => unknown): void {
  collected.push({ name, run });
}
