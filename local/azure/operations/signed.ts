import { randomBytes } from 'node:crypto';

/**
 * Since November 2023 ARM signs the addresses of operations, certificate and all: they are 3,000 to 3,500 characters long.
 * Nothing is signed here; the parts have the length of real ones, so that whoever keeps an address meets it.
 */
const CERTIFICATE = random(2560);

/** `t=…&c=…&s=…&h=…`: time, certificate, signature, hash. */
export function signature(): string {
  const ticks = 621_355_968_000_000_000n + BigInt(Date.now()) * 10_000n;
  return `t=${ticks}&c=MII${CERTIFICATE}&s=${random(256)}&h=${random(32)}`;
}

function random(bytes: number): string {
  return randomBytes(Math.round(bytes * 0.75)).toString('base64url');
}
