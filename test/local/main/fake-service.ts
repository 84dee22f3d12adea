// Stands for storage, the cloud or the host: tells that it is ready, notes what happens to it, and behaves as `FAKE` says.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';

const option = (flag: string): string => process.argv[process.argv.indexOf(flag) + 1] ?? '';
const data = option('--data');
const name = path.basename(data);
const note = (text: string): void => appendFileSync(path.join(data, '..', 'notes.txt'), `${name} ${text}\n`);
const readNotes = (): string => readFileSync(path.join(data, '..', 'notes.txt'), 'utf8');
const behaviour = process.env[`FAKE_${name.toUpperCase()}`] ?? '';

note(`start port=${option('--port')}`);
if (behaviour === 'dies at once') {
  console.error('the disk is full');
  process.exit(7);
}
if (behaviour === 'finds its port taken once' && readNotes().split(`${name} start`).length === 2) {
  console.error(`listen EADDRINUSE: address already in use 127.0.0.1:${option('--port')}`);
  process.exit(1);
}
if (behaviour === 'has a child') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  note(`child=${child.pid}`);
}
if (name === 'host')
  note(
    `env ${process.env['KILN_AUTH_AUDIENCE']?.split(',')[0]} ${process.env['KILN_AUTH_ISSUER']} ${process.env['IDENTITY_HEADER']}`,
  );

setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  if (behaviour === 'ignores SIGTERM') return;
  note('stop');
  process.exit(0);
});

console.log('a line before');
const machines = { kind: 'simulated', description: 'a fake' };
if (behaviour !== 'never ready')
  console.log(
    JSON.stringify({
      ready: true,
      url: `http://127.0.0.1:${option('--port')}/`,
      connectionString: 'connection',
      httpsUrl: 'https://127.0.0.1:2',
      caFile: 'ca.pem',
      bundleFile: 'bundle.pem',
      tenantId: 'tenant',
      subscriptionId: 'sub',
      identityEndpoint: 'http://127.0.0.1:1/token',
      identityHeader: 'secret',
      clientSecret: 'folder-secret',
      machines,
    }),
  );
