import { Buffer } from 'node:buffer';
import type { InventoryPort, InventoryService, InventoryUser } from './inventory.ts';
import { countOf, fieldsOf, type Line } from './listing.ts';

const STATES = ['enabled', 'disabled', 'masked', 'static'] as const;

export function linuxServices(lines: readonly Line[]): InventoryService[] {
  return fieldsOf(lines, 'service').flatMap(([text = '']) => {
    const [unit = '', found] = text.split(/\s+/);
    const state = STATES.find((one) => one === found);
    return state === undefined ? [] : [{ name: unit.replace(/\.service$/, ''), state }];
  });
}

/** Two sources: `ss`, and where a machine has none, the kernel's own tables. */
export function linuxPorts(lines: readonly Line[]): InventoryPort[] {
  return [
    ...fieldsOf(lines, 'listen').flatMap(([text = '']) => portOf(text)),
    ...fieldsOf(lines, 'socket').flatMap(([kind = '', text = '']) => socketOf(kind, text)),
  ];
}

/** `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=612,fd=3))` */
function portOf(text: string): InventoryPort[] {
  const [protocol, , , , local = ''] = text.split(/\s+/);
  const [, host = '', digits] = /^(.*):(\d+)$/.exec(local) ?? [];
  const port = countOf(digits);
  if ((protocol !== 'tcp' && protocol !== 'udp') || port === undefined) return [];
  const process = /users:\(\("([^"]+)"/.exec(text)?.[1];
  return [{ protocol, address: addressOf(host), port, ...(process !== undefined && { process }) }];
}

/** Without the brackets and the interface that `ss` writes. */
function addressOf(host: string): string {
  const address = host.replace(/^\[|\]$/g, '').replace(/\]?%.*$/, '');
  return address === '*' ? '::' : address;
}

const LISTENS: Readonly<Record<string, string>> = { tcp: '0A', udp: '07' };

/** https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
function socketOf(kind: string, text: string): InventoryPort[] {
  const protocol = kind.startsWith('tcp') ? 'tcp' : 'udp';
  const [, local = '', , state] = text.trim().split(/\s+/);
  const [, hex = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
  if (hex === '' || state !== LISTENS[protocol]) return [];
  return [{ protocol, address: fromKernel(hex), port: Number.parseInt(port, 16) }];
}

/** Words of 32 bits in the order of the machine, which is the little end first on all that Azure has. */
function fromKernel(hex: string): string {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, 'hex').toReversed());
  const bytes = Buffer.concat(words);
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = (bytes.toString('hex').match(/.{4}/g) ?? []).join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/** With the groups that they are in, by /etc/passwd and /etc/group. */
export function linuxUsers(lines: readonly Line[]): InventoryUser[] {
  const groups = fieldsOf(lines, 'group').map(([text = '']) => {
    const [name = '', gid = '', members = ''] = text.split(':');
    return { name, gid, members: members.split(',') };
  });
  return fieldsOf(lines, 'user').flatMap(([text = '']) => {
    const [name = '', id, primary, shell = ''] = text.split(':');
    const uid = countOf(id);
    if (name === '') return [];
    const own = groups.filter(({ gid, members }) => gid === primary || members.includes(name));
    const known = { ...(uid !== undefined && { uid }), ...(shell !== '' && { shell }) };
    return [{ name, ...known, groups: own.map((group) => group.name) }];
  });
}
