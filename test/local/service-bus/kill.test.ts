// The broker as a process that is killed while clients send and receive.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { freePort } from '../../../local/main/free-port.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../local/service-bus/main.ts');
const MESSAGES = 1000;
const KILLS = 2;

type Running = { child: ChildProcess; connectionString: string };

async function start(data: string, port: number): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, '--data', data, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, connectionString: (JSON.parse(line) as Running).connectionString };
}

test(
  `${MESSAGES} messages survive ${KILLS} kills of the broker: none is lost, and none but those under way comes again`,
  { timeout: 120_000 },
  async (t) => {
    const data = mkdtempSync(path.join(os.tmpdir(), 'kiln-bus-'));
    const port = await freePort();
    let broker = await start(data, port);
    const kill = async (): Promise<void> => {
      const ended = once(broker.child, 'exit');
      broker.child.kill('SIGKILL');
      await ended;
      broker = await start(data, port);
    };
    const client = new ServiceBusClient(broker.connectionString, {
      retryOptions: { maxRetries: 2, retryDelayInMs: 50, maxRetryDelayInMs: 200, timeoutInMs: 3000 },
    });
    t.after(async () => {
      // A client that is closed without its broker waits for it.
      await client.close();
      broker.child.kill('SIGKILL');
      rmSync(data, { recursive: true, force: true });
    });

    const deliveries = new Map<string, number>();
    const completed = new Set<string>();
    const receiver = client.createReceiver('build-requests');
    receiver.subscribe(
      {
        processMessage: async (message) => {
          const id = String(message.messageId);
          deliveries.set(id, (deliveries.get(id) ?? 0) + 1);
          await sleep(2);
          // Waits in vain when the broker died before its answer; the message comes again meanwhile.
          await receiver.completeMessage(message);
          completed.add(id);
        },
        processError: async () => {},
      },
      { autoCompleteMessages: false, maxConcurrentCalls: 16 },
    );

    const killing = (async () => {
      for (let count = 1; count <= KILLS; count++) {
        while (deliveries.size < (count * MESSAGES) / (KILLS + 2)) await sleep(5);
        await kill();
      }
    })();
    // Sent again under its id when the answer was cut off: duplicate detection makes that safe.
    const sender = client.createSender('build-requests');
    for (let batch = 0; batch < MESSAGES / 20; batch++) {
      const messages = Array.from({ length: 20 }, (_, index) => ({
        messageId: `m${batch * 20 + index}`,
        body: { n: batch * 20 + index },
      }));
      while (
        !(await sender.sendMessages(messages).then(
          () => true,
          () => false,
        ))
      )
        await sleep(50);
    }
    await killing;
    const left = async (): Promise<number> => (await receiver.peekMessages(50, {}).catch(() => [1])).length;
    const deadline = Date.now() + 90_000;
    while ((completed.size < MESSAGES || deliveries.size < MESSAGES) && Date.now() < deadline) {
      if (deliveries.size === MESSAGES && (await left()) === 0) break;
      await sleep(200);
    }

    const repeated = [...deliveries.values()].filter((count) => count > 1);
    t.diagnostic(
      `${deliveries.size} messages delivered, ${repeated.length} of them more than once, ${KILLS} kills`,
    );
    assert.equal(deliveries.size, MESSAGES, 'none lost');
    // A broker may die between writing a completion down and saying so: then nobody hears of it, and the message is gone.
    assert.ok(completed.size >= MESSAGES - KILLS * 16, `${completed.size} completions were heard of`);
    assert.equal(await left(), 0);
    assert.ok(repeated.length <= KILLS * 16, 'no more than were under way');
  },
);
