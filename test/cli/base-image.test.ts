// The first build of a computer waits for a base image: what is happening, how much and how long is on the screen and in the lines.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { parseEntry } from '../../cli/api/parse.ts';
import type { LocalEndpoints } from '../../cli/connect/local-endpoints.ts';
import { preparing } from '../../cli/follow/base-image.ts';
import { PlainPreparing } from '../../cli/follow/plain.ts';
import { renderTree } from '../../cli/follow/render.ts';
import { buildTree } from '../../cli/follow/tree.ts';
import { PLAIN } from '../../cli/output/style.ts';
import { entry } from './scripts.ts';

let answer = '';
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.end(answer);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());

const localMode = (kind: string): LocalEndpoints => ({
  file: '',
  api: '',
  arm: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  https: '',
  envFile: '',
  serviceBus: undefined,
  subscriptionId: '',
  tokenUrl: '',
  audience: '',
  machines: { kind, description: '' },
});
const tree = (...raw: object[]) => buildTree(raw.flatMap((item) => parseEntry(item) ?? []));
const waiting = tree(entry(0, 'resolve', 'succeeded'), entry(1, 'provision', 'started'));
const MAKING = {
  what: 'downloading packages',
  megabytes: 41.3,
  ofMegabytes: 98.2,
  seconds: 30,
  secondsLeft: 200,
};
const FOUND = {
  phase: 'provision',
  what: 'base image, made once: downloading packages',
  howFar: '41 of 98 MB downloaded, about 4 min left',
};

test('a phase that boots a machine asks local mode for the image that it waits for', async () => {
  answer = JSON.stringify({ making: MAKING });
  assert.deepEqual(await preparing(localMode('qemu'), waiting), FOUND);
  assert.deepEqual(asked.splice(0), ['/local/base-image']);
  answer = JSON.stringify({ making: { ...MAKING, secondsLeft: undefined } });
  assert.match((await preparing(localMode('qemu'), waiting))?.howFar ?? '', /time left not known yet/);
  answer = JSON.stringify({ making: { ...MAKING, secondsLeft: 12 } });
  assert.match((await preparing(localMode('qemu'), waiting))?.howFar ?? '', /about a minute left/);
});

test('nothing is asked where no image can be made, and no answer is no trouble', async () => {
  asked.length = 0;
  assert.equal(await preparing(undefined, waiting), undefined);
  assert.equal(await preparing(localMode('simulated'), waiting), undefined);
  assert.equal(await preparing(localMode('qemu'), tree(entry(0, 'customize', 'started'))), undefined);
  assert.deepEqual(asked, []);
  for (answer of ['{"making":null}', 'not JSON', '[]'])
    assert.equal(await preparing(localMode('qemu'), waiting), undefined);
  assert.equal(await preparing({ ...localMode('qemu'), arm: 'http://127.0.0.1:1' }, waiting), undefined);
});

test('the live view says it below the phase, readable at 40, 80 and 120 columns', () => {
  for (const columns of [40, 80, 120]) {
    const options = { now: 0, style: PLAIN, columns, rows: 40 };
    const lines = renderTree(waiting, { ...options, preparing: { ...FOUND, phase: 'provision' } });
    const at = lines.findIndex((line) => line.includes('provision'));
    assert.match(lines[at + 1] ?? '', /^ {4}│ base image, made once: downl/, lines.join('\n'));
    assert.match(lines[at + 2] ?? '', /^ {4}│ 41 of 98 MB downloaded, about/, lines.join('\n'));
    for (const line of lines) assert.ok(line.length <= columns, line);
  }
});

test('in plain lines it is said when something else happens, and twice a minute how far it is', () => {
  const plain = new PlainPreparing();
  const at = (seconds: number, what = 'a'): string[] =>
    plain.lines({ phase: 'provision', what, howFar: `${seconds}` }, new Date(seconds * 1000));
  assert.deepEqual(plain.lines(undefined, new Date(0)), []);
  assert.deepEqual(at(1), ['00:00:01Z  provision: a; 1']);
  assert.deepEqual([at(2), at(30)], [[], []]);
  assert.deepEqual(at(31), ['00:00:31Z  provision: a; 31']);
  assert.deepEqual(at(32, 'b'), ['00:00:32Z  provision: b; 32']);
});
