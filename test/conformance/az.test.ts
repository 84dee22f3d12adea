import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { LocalKiln, ROOT } from '../support/local-kiln.ts';

const LINES = [
  'state: Succeeded',
  'run: Succeeded',
  'outputs: 2',
  'identity: None',
  'identity: UserAssigned',
  'validator: true',
  'run: Canceled',
  'customizers: greet',
  'customizers: 0',
  'gone',
];

/** About a minute, and Debian's azure-cli is a large package: CI runs it when asked to. */
function skipReason(): string | false {
  if (process.env['KILN_TEST_AZ'] !== '1')
    return 'set KILN_TEST_AZ=1 to run the Azure CLI against local mode';
  return spawnSync('az', ['version']).status === 0
    ? false
    : 'the Azure CLI is not installed: apt-get install azure-cli';
}

test(
  'the Azure CLI does what docs/az/life-cycle.sh shows',
  { skip: skipReason(), timeout: 300_000 },
  async () => {
    const kiln = await LocalKiln.start();
    try {
      const script = path.join(ROOT, 'docs/az/life-cycle.sh');
      const child = spawn('bash', [script, kiln.endpoints.envFile], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
      const [code] = await once(child, 'close');
      assert.equal(code, 0, `${output}\n${kiln.stderr.slice(-2000)}`);
      for (const line of LINES) assert.ok(output.includes(line), `${line} is not in:\n${output}`);
    } finally {
      await kiln.stop();
    }
  },
);
