// Loaded into Azurite's process before Azurite itself.
// Azurite keeps what it knows of blobs in lokijs, where the first condition of a query alone can use an index. Azurite asks
// for the account first, which all blobs have in common, so that each look at one blob walks over all of them. Here the
// condition on the name comes first, and a prefix becomes a range of names. Azurite 3.35.0, LokiBlobMetadataStore; answers
// stay the same, and local/storage's test counts how many blobs a look touches.
import { createRequire } from 'node:module';

type Query = Readonly<Record<string, unknown>>;
type Find = (this: unknown, query?: Query, firstOnly?: boolean) => unknown;

const fromHere = createRequire(import.meta.url);
const fromAzurite = createRequire(fromHere.resolve('azurite/package.json'));
const { Resultset } = fromAzurite('lokijs') as { Resultset: { prototype: { find: Find } } };
const { find } = Resultset.prototype;

Resultset.prototype.find = function quickFind(query, firstOnly) {
  return find.call(this, query === undefined ? query : nameFirst(query), firstOnly);
};

/** The names that Azurite gives to the names of containers, blobs, and blobs that blocks belong to. */
const NAMES = ['blobName', 'name'];

export function nameFirst(query: Query): Query {
  const name = NAMES.find((candidate) => candidate in query);
  if (name === undefined) return query;
  const { [name]: wanted, ...rest } = query;
  const range = rangeOf(wanted);
  // Of several conditions on one property, each needs an object of its own.
  if (range !== undefined) return { $and: [{ [name]: range }, ...Object.entries(rest).map(pair)] };
  return { [name]: wanted, ...rest };
}

const pair = ([key, value]: [string, unknown]): Query => ({ [key]: value });

/**
 * A range for `^prefix`. Only with a slash inside: lokijs sorts names that look like numbers as numbers, and a name with a
 * slash never does.
 */
function rangeOf(wanted: unknown): Query | undefined {
  if (typeof wanted !== 'object' || wanted === null || !('$regex' in wanted)) return undefined;
  const source = String(wanted.$regex);
  const prefix = source.slice(1).replaceAll(/\\(.)/g, '$1');
  const isPlain = source.startsWith('^') && prefix.includes('/');
  return isPlain ? { $between: [prefix, `${prefix}\uFFFF`] } : undefined;
}
