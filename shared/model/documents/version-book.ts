import type { VersionBook } from './documents.ts';
import type { ImageVersion, ResourceId } from '../template.ts';

/** Claims that are remembered by name; the numbers themselves are remembered for good. */
const CLAIMS = 500;

export function newVersionBook(definition: ResourceId): VersionBook {
  return { schema: 1, definition, numbers: [], claims: {} };
}

/** The version, among those that are there, of which the book says that a claim of `owner` has it. */
export function claimedBefore(
  { claims }: VersionBook,
  owner: string,
  made: readonly { readonly name: string }[],
): ImageVersion | undefined {
  const own = Object.entries(claims).filter(([claim]) => claim.startsWith(owner));
  return own.find(([, version]) => made.some(({ name }) => name === version))?.[1];
}

/**
 * Enters the number of a claim in the book of a definition: the one it has already, or what `choose` makes of all
 * numbers that were ever given out. A number goes to one claim only, whatever became of its version.
 */
export function claimVersion(
  book: VersionBook,
  claim: string,
  choose: (given: readonly ImageVersion[]) => ImageVersion,
): VersionBook {
  if (book.claims[claim] !== undefined) return book;
  const version = choose(book.numbers);
  const claims = [...Object.entries(book.claims), [claim, version] as const].slice(-CLAIMS);
  const numbers = book.numbers.includes(version) ? book.numbers : [...book.numbers, version];
  return { ...book, numbers, claims: Object.fromEntries(claims) };
}
