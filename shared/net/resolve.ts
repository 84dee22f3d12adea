import { lookup } from 'node:dns/promises';
import { isAddress, isPublicAddress } from '../model/addresses.ts';

export type Address = { readonly address: string; readonly family: number };

/** Name to addresses; a port, so that tests can answer what an attacker's name server would. */
export type Resolver = (hostname: string) => Promise<readonly Address[]>;

export const systemResolver: Resolver = (hostname) => lookup(hostname, { all: true });

export type Resolved =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly reason: string };

/**
 * The one address to connect to. All addresses of a name must be public: one private address among them is how a name
 * server makes a later connection end up inside the network.
 */
export async function resolveHost(host: string, trusted: boolean, resolve: Resolver): Promise<Resolved> {
  const bare = host.replace(/^\[|\]$/g, '');
  const addresses = isAddress(bare)
    ? [{ address: bare, family: bare.includes(':') ? 6 : 4 }]
    : await resolve(bare);
  const refused = trusted ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused !== undefined)
    return {
      ok: false,
      reason: `resolves to ${refused.address}, a private, loopback, link-local or metadata address`,
    };
  const [address] = addresses;
  return address === undefined ? { ok: false, reason: 'has no address' } : { ok: true, address };
}
