import { setImmediate as nextRound } from 'node:timers/promises';
import { systemClock, type Clock } from '../durable/clock.ts';
import type { AccessKey } from './amqp/access.ts';
import { listen, type Listener } from './amqp/listener.ts';
import type { Entities } from './entities.ts';
import { Namespace } from './namespace.ts';
import { openDatabase } from './store/database.ts';
import { SqliteStore } from './store/sqlite-store.ts';

export type BrokerOptions = {
  readonly entities: Entities;
  /** Folder for messages; without one they are gone with the broker. */
  readonly data?: string;
  readonly key: AccessKey;
  /** 0 picks a free port. */
  readonly port: number;
  /** Serves TLS on a second port. */
  readonly tls?: { readonly port: number; readonly cert: string; readonly key: string };
  readonly log: (line: string) => void;
  readonly clock?: Clock;
};

export type Broker = {
  readonly port: number;
  /** 0 without TLS. */
  readonly tlsPort: number;
  /** For the official clients: plain AMQP, which they speak to an emulator alone. */
  readonly connectionString: string;
  close(): Promise<void>;
};

/** A Service Bus namespace on this machine. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { entities, data, key, port, log, tls, clock } = options;
  const store = new SqliteStore(openDatabase(data));
  const namespace = new Namespace(entities, { clock: clock ?? systemClock, store });
  const plain: Listener = await listen({ namespace, key, port, log });
  const secure = tls && (await listen({ namespace, key, port: tls.port, log, tls }));
  return {
    port: plain.port,
    tlsPort: secure?.port ?? 0,
    connectionString: connectionString(plain.port, key),
    async close() {
      await plain.close();
      await secure?.close();
      // Farewells of connections are written first.
      await nextRound();
      namespace.stop();
      store.close();
    },
  };
}

function connectionString(port: number, { name, key }: AccessKey): string {
  const parts = [
    `Endpoint=sb://127.0.0.1:${port}`,
    `SharedAccessKeyName=${name}`,
    `SharedAccessKey=${key}`,
    'UseDevelopmentEmulator=true',
  ];
  return parts.join(';');
}
