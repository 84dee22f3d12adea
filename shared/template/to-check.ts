import { sha256 } from '../model/convert.ts';
import type { Check } from '../model/proof-wishes.ts';
import type { WireValidate } from './schema/image-template.ts';

type WireCheck = NonNullable<WireValidate['checks']>[number];

/** Fills in what was left out; a check without a name is called by what it looks at. */
export function toCheck(wire: WireCheck): Check {
  const of = (subject: string) => ({ name: wire.name ?? `${wire.type} ${subject}` });
  switch (wire.type) {
    case 'file': {
      const { absent = false, sha256Checksum, ...rest } = wire;
      const digest = sha256Checksum === undefined ? {} : { sha256: sha256(sha256Checksum) };
      return { ...rest, ...of(wire.path), absent, ...digest };
    }
    case 'package':
      return { ...wire, ...of(wire.package), absent: wire.absent ?? false };
    case 'service':
      return { ...wire, ...of(wire.service) };
    case 'port': {
      const { protocol = 'tcp', listening = true } = wire;
      return { ...wire, ...of(`${wire.port}/${protocol}`), protocol, listening };
    }
    case 'user':
      return { ...wire, ...of(wire.user), absent: wire.absent ?? false, groups: wire.groups ?? [] };
    case 'command':
      return { ...wire, ...of(wire.command), exitCode: wire.exitCode ?? 0 };
    case 'kernelParameter':
      return { ...wire, ...of(wire.parameter) };
    case 'registryKey':
      return { ...wire, ...of(wire.key), absent: wire.absent ?? false };
    case 'feature':
      return { ...wire, ...of(wire.feature), installed: wire.installed ?? true };
    case 'size':
      return { ...wire, ...of(wire.path ?? 'of the disk') };
    default:
      return wire satisfies never;
  }
}
