import path from 'node:path';
import { parseArgs } from 'node:util';

export type Options = {
  /** 0 lets the system choose. */
  readonly ports: {
    readonly api: number;
    readonly cloud: number;
    /** The same cloud over https. */
    readonly https: number;
    readonly storage: number;
    readonly serviceBus: number;
    /** The same Service Bus over TLS. */
    readonly serviceBusTls: number;
  };
  readonly data: string;
  readonly machines: string;
  readonly profile: string | undefined;
  readonly record: string | undefined;
  /** File with the role assignments that the local cloud enforces. */
  readonly authorization: string | undefined;
  /** What runs the app: the embedded host unless said otherwise. */
  readonly host?: HostKind;
  readonly sampleWorld: boolean;
  /** Set by a parent that holds a pipe to us: its end is the parent's end. */
  readonly stopWithStdin: boolean;
};

export type HostKind = 'embedded' | 'core-tools';

const MACHINES = ['qemu', 'simulated', 'auto'];

const OPTIONS = {
  port: { type: 'string', default: '7071' },
  'cloud-port': { type: 'string', default: '7080' },
  'https-port': { type: 'string' },
  'storage-port': { type: 'string', default: '10000' },
  'amqp-port': { type: 'string', default: '5672' },
  'amqps-port': { type: 'string' },
  data: { type: 'string', default: '.kiln/local' },
  machines: { type: 'string', default: 'auto' },
  profile: { type: 'string' },
  record: { type: 'string' },
  authorization: { type: 'string' },
  host: { type: 'string', default: 'embedded' },
  'sample-world': { type: 'boolean', default: false },
  'stop-with-stdin': { type: 'boolean', default: false },
} as const;

/** Reads the command line; throws with one sentence that tells what is wrong. */
export function parseOptions(args: readonly string[], folder: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: OPTIONS,
  });
  if (!MACHINES.includes(values.machines))
    throw new Error(`--machines is "${values.machines}"; it can be ${MACHINES.join(', ')}.`);
  const absolute = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : path.resolve(folder, file);
  return {
    ports: {
      api: port('--port', values.port),
      cloud: port('--cloud-port', values['cloud-port']),
      // Whoever lets the system choose the one has no wish for the other.
      https: port('--https-port', values['https-port'] ?? (values['cloud-port'] === '0' ? '0' : '7443')),
      storage: port('--storage-port', values['storage-port']),
      serviceBus: port('--amqp-port', values['amqp-port']),
      serviceBusTls: port(
        '--amqps-port',
        values['amqps-port'] ?? (values['amqp-port'] === '0' ? '0' : '5671'),
      ),
    },
    data: path.resolve(folder, values.data),
    machines: values.machines,
    profile: absolute(values.profile),
    record: absolute(values.record),
    authorization: absolute(values.authorization),
    host: hostKind(values.host),
    sampleWorld: values['sample-world'],
    stopWithStdin: values['stop-with-stdin'],
  };
}

function hostKind(text: string): HostKind {
  if (text === 'embedded' || text === 'core-tools') return text;
  throw new Error(`--host is "${text}"; it can be embedded, core-tools.`);
}

function port(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new Error(`${option} is "${text}"; a port is a number from 0 to 65535.`);
  return value;
}
