// A path is meant from where it was typed, and a local mode is found in the folder that it was given.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { localEndpoints } from '../../cli/connect/local-endpoints.ts';
import { CliError } from '../../cli/errors.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'cli', 'main.ts');

function inFolder(check: (folder: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-typed-'));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('through `npm run kiln --` paths are taken from the folder it is typed in; scripts of others keep their own', () => {
  inFolder((folder) => {
    writeFileSync(path.join(folder, 'mine.json'), '{"properties": {"source": {}, "distribute": []}}');
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    const start = (packageJson: string) =>
      spawnSync(process.execPath, [MAIN, 'import', 'mine.json', '-o', 'out.json'], {
        cwd: ROOT,
        encoding: 'utf8',
        env: {
          ...{ PATH, HOME, NODE_COMPILE_CACHE },
          ...{ INIT_CWD: folder, npm_command: 'run-script', npm_package_json: packageJson },
        },
      });
    assert.match(start(path.join(ROOT, 'package.json')).stderr, /wrote out\.json/);
    assert.match(start('/elsewhere/package.json').stderr, /There is no file mine\.json/);
  });
});

test('KILN_DATA names the folder of a `kiln local --data`, and what to do when none is there', () => {
  inFolder((folder) => {
    const data = path.join(folder, 'data');
    mkdirSync(data);
    const env = { KILN_DATA: 'data' };
    assert.throws(
      () => localEndpoints(env, folder),
      (error) => error instanceof CliError && /kiln local --data data/.test(error.problem.remedy ?? ''),
    );
    const url = 'http://127.0.0.1:7071';
    const found = { api: url, arm: url, subscriptionId: 's', tokenUrl: url, audience: url };
    writeFileSync(path.join(data, 'endpoints.json'), JSON.stringify(found));
    assert.equal(localEndpoints(env, folder)?.api, url);
    assert.equal(localEndpoints({}, folder), undefined);
    writeFileSync(path.join(data, 'endpoints.json'), JSON.stringify({ ...found, api: 'http://kiln.test' }));
    assert.throws(() => localEndpoints(env, folder), /not on this machine/);
  });
});

test('kiln --version is the version of the package', () => {
  const { stdout, status } = spawnSync(process.execPath, [MAIN, '--version'], { encoding: 'utf8' });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(status, 0);
});
