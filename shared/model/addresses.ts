import ipaddr from 'ipaddr.js';

/**
 * Azure's wire server and DNS are reached through this address from inside every VM. It is public by its range, so
 * the range check alone would let it pass. https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const AZURE_PLATFORM = '168.63.129.16';

/**
 * True for addresses of the public internet. Private, loopback, link-local (with the metadata service), carrier-grade
 * NAT, multicast, reserved and translated addresses are not; an IPv4 address inside an IPv6 one is judged as IPv4.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = embedded(ipaddr.process(text));
  return address.range() === 'unicast' && address.toString() !== AZURE_PLATFORM;
}

/** `::7f00:1`: IPv4-compatible addresses are a form that no network uses (RFC 4291, 2.5.5.1) and some systems still map. */
function embedded(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray();
  const isCompatible = bytes.length === 16 && bytes.slice(0, 12).every((byte) => byte === 0);
  return isCompatible ? ipaddr.fromByteArray(bytes.slice(12)) : address;
}

export function isAddress(text: string): boolean {
  return ipaddr.isValid(text);
}
