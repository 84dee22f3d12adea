// `npm test` after `npm run check`: builds the app as it is deployed, then runs every test file with Node's own runner.
// An argument narrows the run to files whose path contains it: `node test/run.js e2e`. The Node that runs this file runs
// everything: `npx -p node@22 node test/run.js local/durable`.
import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import path from 'node:path';

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const files = globSync('test/**/*.test.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(' ')}.`);
  process.exit(1);
}

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;
const built = run('tsc', ['-p', 'tsconfig.build.json']);
if (built !== 0) process.exit(built);
// Local mode runs the package that is deployed, and so do all tests that start it.
const packaged = run(process.execPath, ['packaging/main.ts']);
if (packaged !== 0) process.exit(packaged);
// Every local cloud of the tests notes here what the app asked of Azure.
const actions = path.resolve('dist/actions');
rmSync(actions, { recursive: true, force: true });
process.env.KILN_ACTIONS_FOLDER = actions;
// Two files at a time: each end-to-end file starts its own host, cloud and storage. A test that hangs fails and
// its file is ended after ten minutes, instead of holding everything up.
const limits = ['--test-concurrency=2', '--test-timeout=600000', '--test-force-exit'];
const tested = run(process.execPath, ['--test', ...limits, ...flags, ...files]);
const whole = wanted.length === 0 ? ['--whole'] : [];
const compared = run(process.execPath, ['test/infra/compare-roles.ts', actions, ...whole]);
process.exit(tested === 0 ? compared : tested);
