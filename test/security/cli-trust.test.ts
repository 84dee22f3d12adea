import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readInputs } from '../../cli/action/inputs.ts';
import { connect } from '../../cli/connect/connect.ts';
import { findEndpoints } from '../../cli/connect/local-endpoints.ts';
import { run, withKiln, type Bench } from '../cli/command.ts';
import { succeeding } from '../cli/scripts.ts';
import { SUBSCRIPTION } from '../cli/stand-in.ts';

const SECRET = 'my-production-token';

/** A template of somebody else, that names a file. */
function writeTemplate(folder: string, scriptUri: string, kind = 'customize'): string {
  const step = { type: 'Shell', name: 'step', scriptUri };
  const properties = kind === 'customize' ? { customize: [step] } : { validate: { inVMValidations: [step] } };
  mkdirSync(path.join(folder, 'checkout/templates'), { recursive: true });
  const file = path.join(folder, 'checkout/templates/web.json');
  writeFileSync(file, JSON.stringify({ name: 'web', location: 'westeurope', properties }));
  return file;
}

const uploads = ({ server }: Bench): string[] => [...server.artifacts.values()].map(String);

test('a template can name no file outside of its folder, however it is spelled', async () => {
  await withKiln(succeeding, async (bench) => {
    const { folder, kiln } = bench;
    writeTemplate(folder, 'x');
    const templates = path.join(folder, 'checkout/templates');
    writeFileSync(path.join(folder, 'checkout/outside.txt'), 'outside');
    symlinkSync('/etc/hostname', path.join(templates, 'link'));
    symlinkSync('..', path.join(templates, 'up'));
    spawnSync('sh', ['-c', 'mkfifo "$0"', path.join(templates, 'pipe')]);
    for (const name of [
      '/proc/self/environ',
      '/etc/hostname',
      '../outside.txt',
      'up/outside.txt',
      './link',
      '../../../../../../../../etc/hostname',
      'pipe',
      '.',
    ])
      for (const kind of ['customize', 'validate']) {
        const { code, stderr } = await kiln(['build', writeTemplate(folder, name, kind)]);
        assert.equal(code, 2, `${name}: ${stderr}`);
        assert.match(stderr, /outside of the template's folder; --allow-files|no readable file/, name);
      }
    assert.deepEqual(uploads(bench), []);
    assert.equal(bench.server.template, undefined, 'nothing was submitted');
  });
});

test('a folder that is allowed widens what a template may name, and a file below its own folder needs none', async () => {
  await withKiln(succeeding, async (bench) => {
    const { folder, kiln } = bench;
    const file = writeTemplate(folder, '../shared/a.sh');
    mkdirSync(path.join(folder, 'checkout/shared'));
    writeFileSync(path.join(folder, 'checkout/shared/a.sh'), 'shared');
    const allowed = ['--allow-files', path.join(folder, 'checkout/shared')];
    assert.equal((await kiln(['build', file, ...allowed])).code, 0);
    assert.deepEqual(uploads(bench), ['shared']);
  });
  await withKiln(succeeding, async (bench) => {
    const { folder, kiln } = bench;
    const file = writeTemplate(folder, '..own.sh');
    writeFileSync(path.join(folder, 'checkout/templates/..own.sh'), 'own');
    assert.equal((await kiln(['build', file])).code, 0);
    assert.deepEqual(uploads(bench), ['own']);
  });
  const env = { INPUT_TEMPLATE: 'a.json', 'INPUT_ALLOW-FILES': 'shared\n# none\nother' };
  assert.deepEqual(readInputs(env).options.allowFiles, ['shared', 'other']);
});

/** An endpoints file as a cloned repository, or /tmp, may have it. */
function plant(folder: string, more: Record<string, string>): string {
  const file = path.join(folder, '.kiln/local/endpoints.json');
  mkdirSync(path.dirname(file), { recursive: true });
  const endpoints = { api: 'http://127.0.0.1:1', arm: 'http://127.0.0.1:1', subscriptionId: SUBSCRIPTION };
  const token = { tokenUrl: 'http://127.0.0.1:1/adfs/oauth2/token', audience: 'http://kiln.test' };
  writeFileSync(file, JSON.stringify({ ...endpoints, ...token, ...more }));
  return file;
}

test('KILN_TOKEN never goes to a local mode that was found, only to the Kiln that was named', async () => {
  await withKiln(succeeding, async ({ folder, server }) => {
    plant(folder, { api: server.url, tokenUrl: `${server.url}/adfs/oauth2/token` });
    const env = { KILN_TOKEN: SECRET, KILN_SUBSCRIPTION: SUBSCRIPTION, KILN_RESOURCE_GROUP: 'images' };
    await run(['runs', 'web'], folder, { env });
    assert.ok(server.seen.length > 0, 'it asked for a token of its own');
    for (const { authorization, body } of server.seen)
      assert.ok(!`${authorization} ${body.toString()}`.includes(SECRET));
    await run(['runs', 'web'], folder, { env: { ...env, KILN_ENDPOINT: server.url } });
    assert.equal(server.seen.at(-1)?.authorization, `Bearer ${SECRET}`);
  });
});

test('endpoints that are not on this machine, or are of another user, are refused with the way out', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-planted-'));
  try {
    for (const more of [
      { api: 'https://kiln.evil.example' },
      { tokenUrl: 'http://10.0.0.1/token' },
      { serviceBus: 'Endpoint=sb://evil.example;SharedAccessKeyName=a;SharedAccessKey=b' },
    ]) {
      plant(folder, more);
      assert.throws(() => findEndpoints(path.join(folder, 'a/b')), /not on this machine/);
    }
    const file = plant(folder, {});
    assert.equal(findEndpoints(folder)?.file, file);
    if (process.getuid?.() !== 0) return;
    chownSync(file, 65_534, 65_534);
    assert.throws(() => connect({}, {}, folder), /belongs to another user \(uid 65534, yours is 0\)/);
    connect({ endpoint: 'https://kiln.example' }, { KILN_TOKEN: SECRET }, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no page and no example pastes an output of a step into a script', () => {
  const pages = globSync([
    'docs/*.md',
    'examples/**/*.{yml,yaml}',
    'azure-pipelines/*.yml',
    '.github/**/*.yml',
  ]);
  assert.ok(pages.includes('docs/ci.md'));
  for (const page of pages) {
    const scripts = [...readFileSync(page, 'utf8').matchAll(/^(\s*)(?:- )?run: (.*(?:\n\1\s+\S.*)*)/gm)];
    // What follows deeper than `run` is of the script only after a bar; keys of the same step come after it.
    for (const [, , text = ''] of scripts.filter(([whole]) => !whole.includes('In `run:')))
      assert.doesNotMatch(text.startsWith('|') ? text : (text.split('\n')[0] ?? ''), /\$\{\{ *steps\./, page);
  }
});
