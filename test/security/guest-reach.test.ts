// A real guest that tries to reach the machine it runs on. Skipped with its reason where there is no QEMU.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createMarketplace, defaultCacheDir } from '../../local/images/marketplace.ts';
import { probePrerequisites } from '../../local/images/prerequisites.ts';
import type { Machine } from '../../local/machines/machine.ts';
import { createQemuRoom, type QemuRoom } from '../../local/machines/qemu/room.ts';

const { missing, remedy } = await probePrerequisites('images');
const skip = missing.length === 0 ? false : `${missing.join(', ')} not found; install: ${remedy}`;
const real = { skip, timeout: 600_000 };

const folder = mkdtempSync(join(tmpdir(), 'kiln-reach-'));
let connections = 0;
/** Like the services of local mode, and like one of the developer on all addresses. */
const loopback = createServer((socket) => socket.end(`hello ${(connections += 1)}`));
const everywhere = createServer((socket) => socket.end(`hello ${(connections += 1)}`));
const allowed = createServer((socket) => socket.end('welcome'));
/** Has no package, but notes what apt asks it for. */
const wanted: string[] = [];
const proxy = createHttpServer(({ url }, response) => {
  wanted.push(url ?? '');
  response.writeHead(404).end();
});
const servers: readonly Server[] = [loopback, everywhere, allowed, proxy];
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
let room: QemuRoom;
let machine: Machine;

before(async () => {
  if (skip !== false) return;
  loopback.listen(0, '127.0.0.1');
  everywhere.listen(0, '0.0.0.0');
  allowed.listen(0, '127.0.0.1');
  proxy.listen(0, '127.0.0.1');
  await Promise.all(servers.map((server) => once(server, 'listening')));
  process.env['KILN_URL_ALLOW'] = `http://10.0.2.2:${portOf(allowed)}`;
  const cacheDir = defaultCacheDir();
  const log = (line: string): void => console.log(`# ${line}`);
  const aptOptions = [`Acquire::http::Proxy "http://10.0.2.2:${portOf(proxy)}";`];
  const dataDir = join(folder, 'data');
  room = await createQemuRoom({ dataDir, cacheDir, log, warm: 'on request', aptOptions });
  const marketplace = createMarketplace({ cacheDir, disks: room.disks, log });
  const image = (await marketplace.list()).find(({ sku }) => sku === '12');
  assert.ok(image !== undefined);
  const disk = await room.disks.overlay(await marketplace.disk(image));
  machine = await room.create({
    id: 'guest',
    disk,
    dataDisks: [],
    generation: 'V1',
    memoryMiB: 1024,
    cpus: 2,
  });
  await machine.start();
  // The agent may answer before there is an address.
  await run('for i in $(seq 100); do ip -4 route | grep -q default && exit; sleep 0.2; done');
});
after(async () => {
  await room?.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(script: string): Promise<string> {
  let text = '';
  const onOutput = (_stream: string, chunk: Uint8Array): void => void (text += Buffer.from(chunk).toString());
  await machine.run({ id: 'step', script, environment: {}, timeoutSeconds: 300, onOutput });
  return text;
}

/** The places one after the other; what answers nothing is given up after five seconds, the open one when the guest is too slow. */
const trying = (places: readonly string[], open: string): string => `#!/bin/bash
reach() { if timeout "$1" bash -c "cat < /dev/tcp/\${2/:/\\/}" 2> /dev/null; then echo " reached $2"; fi; }
for place in ${places.join(' ')}; do reach 5 "$place" & done
wait
reach 60 ${open}
echo done
`;

test('a guest has no connection to any port of its host, under any address', real, async () => {
  const open = `10.0.2.2:${portOf(allowed)}`;
  const welcome = `welcome reached ${open}`;
  const own = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => address),
  );
  const places = [
    ...['10.0.2.2', '10.0.2.3', '10.0.2.4', '10.0.2.200', '0.0.0.0', '10.0.2.255'].map(
      (a) => `${a}:${portOf(loopback)}`,
    ),
    ...['10.0.2.2', ...own].map((address) => `${address}:${portOf(everywhere)}`),
    '169.254.169.254:80',
  ];
  // Without one that answers, a guest without any network would pass.
  const said = await run(trying(places, open));
  assert.match(said, /done/);
  assert.deepEqual(said.match(/\S* reached \S*/g), [welcome]);
  assert.equal(connections, 0);
});

test('a guest cannot get out by a route to the loopback address either', real, async () => {
  const place = `127.0.0.1:${portOf(loopback)}`;
  const said = await run(`#!/bin/bash
sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.all.rp_filter=0
ip route del local 127.0.0.1 dev lo table local; ip route del local 127.0.0.0/8 dev lo table local
ip route add 127.0.0.1 via 10.0.2.2 src "$(ip -4 -o addr show scope global | awk '{split($4, a, "/"); print a[1]; exit}')"
timeout 5 bash -c 'cat < /dev/tcp/127.0.0.1/${portOf(loopback)}' && echo reached
timeout 60 bash -c 'cat < /dev/tcp/10.0.2.2/${portOf(allowed)}'
ip route del 127.0.0.1; ip route add local 127.0.0.0/8 dev lo table local
echo done`);
  assert.match(said, /welcome\s*done/);
  assert.doesNotMatch(said, /reached|hello/, place);
  assert.equal(connections, 0);
});

test('the proxy for packages is reached by the settings of the guest', real, async () => {
  await run('#!/bin/sh\napt-get update -qq -o Acquire::Retries=0 || true');
  assert.ok(
    wanted.some((url) => url.endsWith('/InRelease')),
    wanted.join(' '),
  );
});
