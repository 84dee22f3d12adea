import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LocalKiln } from '../support/local-kiln.ts';
import { template, vhd, shell } from '../support/templates.ts';
import { run } from './command.ts';

describe('kiln open', () => {
  let kiln: LocalKiln;
  before(async () => {
    kiln = await LocalKiln.start();
  });
  after(() => kiln.stop());

  const kilnOpen = (...args: string[]) =>
    run(['open', ...args, '--print'], kiln.folder, { env: { KILN_DATA: kiln.folder } });

  test('gives an address that lets one browser in, once, and goes to the newest run of a template', async () => {
    await kiln.submit('web', template([shell('a', 'true')], [vhd]));
    const { id } = await kiln.run('web');
    const { code, stdout } = await kilnOpen('web');
    assert.equal(code, 0);
    const first = await fetch(stdout.trim(), { redirect: 'manual' });
    assert.equal(new URL(first.headers.get('location') ?? '').pathname.split('/').at(-1), id);
    assert.notEqual(first.headers.get('set-cookie'), null);
    const second = await fetch(stdout.trim(), { redirect: 'manual' });
    assert.equal(second.headers.get('set-cookie'), null);
    const { url } = JSON.parse((await kilnOpen('--json')).stdout);
    assert.match(url, /enter\?key=[\w-]{43}&to=%2Fui%2F$/);
  });

  test('of a Kiln elsewhere it is the plain address: people sign in there', async () => {
    const env = { KILN_ENDPOINT: 'https://kiln.contoso.com', KILN_TOKEN: 't' };
    const { stdout } = await run(['open', '--print'], kiln.folder, { env });
    assert.equal(stdout.trim(), 'https://kiln.contoso.com/ui/');
  });
});
