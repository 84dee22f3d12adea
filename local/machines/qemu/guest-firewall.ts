/** An address and a port as a guest names them. */
export type Service = { readonly address: string; readonly port: number };

/** What a guest may reach on the machine that it runs on. */
export type Reach = {
  /** The host's own addresses, at this moment. */
  readonly own: () => readonly string[];
  /** Services of the host that the guest needs, such as a proxy for packages. */
  readonly services: readonly Service[];
};

/** The host in QEMU's user-mode network; all of 10.0.2.0/24 but the name server leads to its loopback address. */
export const HOST_FROM_GUEST = '10.0.2.2';
const NAME_SERVER = '10.0.2.3';

const ARP = 0x0806;
const IPV4 = 0x0800;
const [ICMP, TCP, UDP] = [1, 6, 17] as const;

/** First bytes: this host, loopback, the network of QEMU, link-local (metadata of clouds), multicast and broadcast. */
const CLOSED = [/^0\./, /^127\./, /^10\.0\.2\./, /^169\.254\./, /^(?:22[4-9]|2[345]\d)\./];

/**
 * True for an Ethernet frame that may leave the guest. QEMU's user-mode network hands connections to the host's address on
 * to the loopback address of the host, where local mode and everything else of its user listens. What is not understood
 * stays inside: IPv6 is off, and a guest has no use for other protocols.
 */
export function mayLeave(frame: Buffer, { own, services }: Reach): boolean {
  const type = frame.length < 14 ? 0 : frame.readUInt16BE(12);
  if (type === ARP) return true;
  const packet = type === IPV4 ? readPacket(frame.subarray(14)) : undefined;
  if (packet === undefined) return false;
  const { address, protocol, port } = packet;
  if (protocol !== TCP && protocol !== UDP && protocol !== ICMP) return false;
  if (isOfNetwork(packet)) return true;
  if (protocol === TCP && services.some((one) => one.address === address && one.port === port)) return true;
  return !CLOSED.some((closed) => closed.test(address)) && !own().includes(address);
}

type Packet = {
  readonly address: string;
  readonly protocol: number;
  /** Absent in the rest of a fragment. */ readonly port?: number;
};

function readPacket(packet: Buffer): Packet | undefined {
  if (packet.length < 20 || (packet.readUInt8(0) & 0xf0) !== 0x40) return undefined;
  const header = (packet.readUInt8(0) & 0x0f) * 4;
  const isRest = (packet.readUInt16BE(6) & 0x1fff) !== 0;
  const hasPort = !isRest && header >= 20 && packet.length >= header + 4;
  return {
    address: [...packet.subarray(16, 20)].join('.'),
    protocol: packet.readUInt8(9),
    ...(hasPort && { port: packet.readUInt16BE(header + 2) }),
  };
}

/** An address by DHCP, and names. */
function isOfNetwork({ address, protocol, port }: Packet): boolean {
  if (protocol === UDP && port === 67) return address === '255.255.255.255' || address === HOST_FROM_GUEST;
  return port === 53 && protocol !== ICMP && address === NAME_SERVER;
}

const HEADER_BYTES = 4;
/** Larger than any frame of a guest; more means that the stream is none of frames. */
const LONGEST_FRAME = 256 * 1024;

/** Takes the stream of QEMU's filter-redirector apart, a 32-bit length before each frame, and hands on what may pass. */
export class FrameFilter {
  readonly #mayPass: (frame: Buffer) => boolean;
  #rest: Buffer = Buffer.alloc(0);

  constructor(mayPass: (frame: Buffer) => boolean) {
    this.#mayPass = mayPass;
  }

  /** The frames that were completed and may pass, as the stream had them. Throws when it is no such stream. */
  push(chunk: Buffer): Buffer {
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const passed: Buffer[] = [];
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const length = all.readUInt32BE(at);
      if (length > LONGEST_FRAME)
        throw new Error('the network of the guest carries something that is no frame');
      const end = at + HEADER_BYTES + length;
      if (end > all.length) break;
      if (this.#mayPass(all.subarray(at + HEADER_BYTES, end))) passed.push(all.subarray(at, end));
      at = end;
    }
    this.#rest = all.subarray(at);
    return Buffer.concat(passed);
  }
}
