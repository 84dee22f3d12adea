// The process that runs the app's functions dies while the host lives on, as an out-of-memory kill does it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKeys } from '../../local/functions-host/keys.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { managedImage, shell, template } from '../support/templates.ts';

const BUILDS = 5;

let kiln: LocalKiln;
before(async () => {
  kiln = await LocalKiln.start();
});
after(() => kiln.stop());

/** `down`: milliseconds until the next worker is up; 5 to 15 s on the real host. */
async function killWorker(down: number): Promise<void> {
  const { master } = readKeys(path.join(kiln.folder, 'host'));
  const url = `${kiln.endpoints.api}/admin/local/worker-death?down=${down}`;
  const { status } = await fetch(url, { method: 'POST', headers: { 'x-functions-key': master } });
  assert.equal(status, 202);
}

async function failedInstances(): Promise<number | undefined> {
  const { durable } = readKeys(path.join(kiln.folder, 'host'));
  const url = `${kiln.endpoints.api}/runtime/webhooks/durabletask/instances?runtimeStatus=Failed&code=${durable}`;
  const found = (await (await fetch(url)).json()) as unknown[];
  return found.length > 0 ? found.length : undefined;
}

async function buildAll(t: TestContext, prefix: string, killAfter: readonly number[]): Promise<void> {
  const { subscriptionId } = kiln.endpoints;
  const names = Array.from({ length: BUILDS }, (_, index) => `${prefix}-${index}`);
  const steps = [shell('one', '# kiln-simulate: seconds=2'), shell('two', '# kiln-simulate: seconds=1')];
  await Promise.all(
    names.map((name) => kiln.submit(name, template(steps, [managedImage(subscriptionId, name)]))),
  );
  for (const name of names) await kiln.api('POST', `${kiln.templatePath}/${name}/run`);
  for (const pause of killAfter) {
    await sleep(pause);
    await killWorker(2_000);
  }
  const hit = await kiln.until('a failed instance', failedInstances, 10);
  t.diagnostic(`${hit} instances failed`);
  const runs = await Promise.all(names.map((name) => kiln.ended(name, 240)));
  assert.deepEqual(
    runs.map(({ state, message }) => [state, message]),
    names.map(() => ['Succeeded', '']),
  );
}

test(`one death as ${BUILDS} builds begin loses none of them`, { timeout: 300_000 }, (t) =>
  buildAll(t, 'early', [300]),
);

test(
  `deaths in the middle of ${BUILDS} builds, also while children wait, lose none of them`,
  { timeout: 300_000 },
  (t) => buildAll(t, 'late', [2_500, 4_000]),
);
