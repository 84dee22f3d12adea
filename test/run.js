// `npm test` after `npm run check`: builds the app as it is deployed, then runs every test file with Node's own runner.
// An argument narrows the run to files whose path contains it: `node test/run.js e2e`.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

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
// Two files at a time: each end-to-end file starts its own host, cloud and storage. A test that hangs fails and
// its file is ended after ten minutes, instead of holding everything up.
process.exit(
  run('node', [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=600000',
    '--test-force-exit',
    ...flags,
    ...files,
  ]),
);
