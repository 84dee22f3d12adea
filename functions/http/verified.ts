import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';

/** Milliseconds for which a signature is not checked again: a key that the issuer takes back counts so much longer. */
const AGAIN = 60_000;
const MOST = 1000;

type Known = { readonly claims: JWTPayload; readonly until: number };

/**
 * Claims of tokens whose signature was found good a moment ago, by the hash of the token. A caller sends the same token with
 * each request of an hour, and to check it is a quarter of what an answer costs. What was refused is checked anew each time.
 */
export class VerifiedTokens {
  private readonly known = new Map<string, Known>();

  async claims(token: string, tolerance: number, verify: () => Promise<JWTPayload>): Promise<JWTPayload> {
    const key = createHash('sha256').update(token).digest('base64');
    const found = this.known.get(key);
    if (found !== undefined && Date.now() < found.until) return found.claims;
    this.known.delete(key);
    const claims = await verify();
    const end = ((claims.exp ?? 0) + tolerance) * 1000;
    this.known.set(key, { claims, until: Math.min(Date.now() + AGAIN, end) });
    const [oldest] = this.known.keys();
    if (this.known.size > MOST && oldest !== undefined) this.known.delete(oldest);
    return claims;
  }
}
