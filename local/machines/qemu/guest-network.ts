import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { FrameFilter, mayLeave, type Reach, type Service } from './guest-firewall.ts';

/** Everything that a guest sends comes out of one socket and goes back into QEMU by the other, unless it may not leave. */
export function filterNetwork(out: Socket, into: Socket, reach: Reach): void {
  const filter = new FrameFilter((frame) => mayLeave(frame, reach));
  out.on('data', (chunk: Buffer) => {
    try {
      const passed = filter.push(chunk);
      // QEMU waits when it cannot write, so that the guest slows down instead of this process growing.
      if (passed.length > 0 && !into.write(passed)) out.pause();
    } catch {
      // Without its filter the guest has no network at all.
      out.destroy();
    }
  });
  into.on('drain', () => out.resume());
  for (const socket of [out, into]) socket.on('error', () => {});
}

/** What the settings of the guest's apt, and the addresses that downloads may come from, name on this machine. */
export function reachOf(
  aptOptions: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Reach {
  const text = [...aptOptions, environment['KILN_URL_ALLOW'] ?? ''].join('\n');
  const services = [...text.matchAll(/https?:\/\/[^\s",;]+/g)].flatMap(([url]) => serviceOf(url));
  return { services, own: ownAddresses };
}

function serviceOf(text: string): readonly Service[] {
  const url = URL.parse(text);
  if (url === null || !/^\d+(?:\.\d+){3}$/.test(url.hostname)) return [];
  const usual = url.protocol === 'https:' ? 443 : 80;
  return [{ address: url.hostname, port: url.port === '' ? usual : Number(url.port) }];
}

/** Asked for anew every few seconds: a laptop changes its network while a guest runs. */
const FRESH_MS = 5000;
let known: { readonly addresses: readonly string[]; readonly at: number } = { addresses: [], at: -FRESH_MS };

function ownAddresses(): readonly string[] {
  const now = performance.now();
  if (now - known.at < FRESH_MS) return known.addresses;
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  known = { addresses, at: now };
  return addresses;
}
