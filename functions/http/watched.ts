import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { rulesKeyOf } from '../../shared/access/policy.ts';
import type { Exchange, Reply } from './exchange.ts';

/** Seconds between two looks: while something goes on, and while nothing does. */
const LIVE = 2;
const IDLE = 15;

/** Answers to different rights, and at different addresses, that are kept with one look. */
const MOST = 50;

type Told = { readonly body: object; readonly isLive: boolean };
type Written = { readonly text: string; readonly etag: string; readonly isLive: boolean };
type Kept = { readonly of: readonly object[]; readonly written: Written };

type Alike = {
  /** What the answer is made of, and nothing else: other objects are another answer. */
  readonly of: readonly [object, ...object[]];
  /** What else it depends on, beside the rights of the caller. */
  readonly key?: string;
  /** Members that only this caller is shown. */
  readonly own?: object;
};

const kept = new WeakMap<object, Map<string, Kept>>();

/**
 * An answer that is asked for again and again: unchanged it is 304 and short, and it says when to ask next.
 * https://learn.microsoft.com/azure/architecture/best-practices/api-design#support-client-side-caching
 */
export function answer(exchange: Exchange, body: object, isLive: boolean): Reply {
  return reply(exchange, write({ body, isLive }));
}

/**
 * The same, made and written once for all who have the same role and whom the same rules of the policy name, while what it is
 * made of is the same: fifty open pages are fifty comparisons of an ETag.
 */
export async function answerAlike(
  exchange: Exchange,
  { of, key = '', own }: Alike,
  make: () => Told,
): Promise<Reply> {
  const { caller, commands } = exchange;
  const { policy } = commands.gate;
  const parts = [...of, policy];
  const answers = kept.get(of[0]) ?? new Map<string, Kept>();
  kept.set(of[0], answers);
  const name = `${await exchange.roleOfCaller()} ${rulesKeyOf(policy, caller)} ${key}`;
  let known = answers.get(name);
  if (known === undefined || !known.of.every((part, index) => part === parts[index])) {
    known = { of: parts, written: write(make()) };
    if (answers.size >= MOST) answers.clear();
    answers.set(name, known);
  }
  const { written } = known;
  return reply(exchange, own === undefined ? written : withOwn(written, own));
}

function write({ body, isLive }: Told): Written {
  const text = JSON.stringify(body);
  return { text, etag: etagOf(text), isLive };
}

function withOwn({ text, etag, isLive }: Written, own: object): Written {
  const more = JSON.stringify(own);
  return { text: `${more.slice(0, -1)},${text.slice(1)}`, etag: etagOf(etag + more), isLive };
}

function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

function reply({ request }: Exchange, { text, etag, isLive }: Written): Reply {
  const headers = { etag, 'retry-after': String(isLive ? LIVE : IDLE), 'cache-control': 'private, no-cache' };
  if (request.headers.get('if-none-match') === etag) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(text),
  };
}
