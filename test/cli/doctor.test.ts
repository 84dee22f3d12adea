// `kiln doctor` says what is well, and for what is not what to do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { run, type Outcome } from './command.ts';

const ok = { severity: 'ok', code: 'Drain', what: 'new work', detail: 'begins' };
const unknown = {
  ...{
    severity: 'unknown',
    code: 'RightsUnproved',
    what: 'rights that nothing has needed',
    detail: '97 actions',
  },
  next: 'See docs/permissions.md.',
};
const well = {
  versions: { kiln: '9.9.9', startedAt: '2026-11-30T00:00:00.000Z' },
  findings: [ok, unknown],
};

async function doctor(body: object, ...args: string[]): Promise<Outcome> {
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const env = { KILN_ENDPOINT: endpoint, KILN_TOKEN: 't', KILN_SUBSCRIPTION: 's', NO_COLOR: '1' };
    return await run(['doctor', ...args], tmpdir(), { env });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a deployment that is well has nothing to look at', async () => {
  const { code, stdout } = await doctor(well);
  assert.equal(code, 0);
  assert.match(stdout, /^Kiln 9\.9\.9, up since 2026-11-30/);
  assert.ok(!stdout.includes('LOOK'), stdout);
});

test('each thing that is not well is a line, has a next step, and the command ends with 1', async () => {
  const looks = [
    {
      severity: 'look',
      code: 'Drain',
      what: 'new work',
      detail: 'is held: upgrade',
      why: 'Somebody did it.',
    },
    { severity: 'look', code: 'CleanUp', what: 'clean-up', detail: 'IT_1 is still there' },
  ].map((one) => ({ ...one, next: `mend ${one.what}` }));
  const { code, stdout } = await doctor({ ...well, findings: [...looks, unknown] });
  assert.equal(code, 1);
  const wanted = [
    /LOOK +new work +is held: upgrade/,
    /LOOK +clean-up +IT_1 is still there/,
    /\? +rights that nothing has needed +97 actions/,
    /^new work: Somebody did it\.\n {2}mend new work$/m,
    /^clean-up:\n {2}mend clean-up$/m,
    /^ {2}See docs\/permissions\.md\.$/m,
  ];
  for (const line of wanted) assert.match(stdout, line);
  assert.ok(!/^ok/m.test(stdout), stdout);
});

test('a service that gives no findings is not taken for one that is well', async () => {
  const { findings: _findings, ...older } = well;
  const { code, stdout } = await doctor(older);
  assert.equal(code, 1);
  assert.match(stdout, /LOOK +doctor +this Kiln gives no findings/);
});

test('--json is what the service says', async () => {
  const { code, stdout } = await doctor(well, '--json');
  assert.deepEqual([code, JSON.parse(stdout)], [0, well]);
});
