// Builds the app as it is deployed, then runs test files with Node's own runner: `npm test` all that need no guest,
// `npm run test:guests` those that boot real ones, `npm run test:ci` the first and then a fixed part of the second.
// An argument narrows the run to files whose path contains it: `node test/run.js e2e`. The Node that runs this file runs
// everything: `npx -p node@22 node test/run.js local/durable`.
import { spawn, spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { shareAzurite } from './support/azurite.ts';

/** A guest takes a core for minutes under emulation. These go once through all that Kiln does with a machine. */
const SAMPLE = [
  'test/e2e/real-machine',
  'test/e2e/real-steps',
  'test/local/machines/qemu/guest',
  'test/security/guest-reach',
];
/** These make images of images and whole systems, or look at ends that simulated machines have too: most of an hour. */
const LONG = ['test/e2e/golden-chain', 'test/e2e/iso', 'test/e2e/real-'];

const own = (argument) => argument === '--guests' || argument === '--ci';
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--') && !own(argument));
const asked = process.argv.find(own);
const files = globSync('test/**/*.test.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const oneOf = (starts) => (file) => starts.some((start) => file.startsWith(start));
const isGuest = oneOf([...SAMPLE, ...LONG]);
const guests = chosenGuests();
const others = asked === '--guests' ? [] : files.filter((file) => !isGuest(file));

if (guests.length + others.length === 0) {
  console.error(`No test file matches ${wanted.join(' ')}.`);
  process.exit(1);
}

// What each of a thousand processes would strip of its types and compile again: a third of a small test's CPU.
process.env.NODE_COMPILE_CACHE ??= path.resolve('node_modules/.cache/compiled');
// PowerShell and the Bicep compiler run for seconds, and gain nothing from what .NET learns about them: a fifth of their CPU.
process.env.DOTNET_TieredPGO ??= '0';
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
const storage = await shareAzurite();
// Two files at a time: each end-to-end file starts its own host, cloud and storage. Guests come after all others, for which
// they would leave no core, and one after the other: a guest and what serves it fill both.
const tested = [await lane(others, 2), await lane(guests, 1)];
await storage.stop();
const whole = wanted.length === 0 && asked !== '--guests' ? ['--whole'] : [];
const compared = run(process.execPath, ['test/infra/compare-roles.ts', actions, ...whole]);
process.exit(tested.find((status) => status !== 0) ?? compared);

function chosenGuests() {
  if (asked === '--ci') return files.filter(oneOf(SAMPLE));
  return asked === '--guests' || wanted.length > 0 ? files.filter(isGuest) : [];
}

/** A test that hangs fails after ten minutes; what it cannot end itself, test-process.js ends. */
function lane(chosen, concurrency) {
  if (chosen.length === 0) return 0;
  const limits = [`--test-concurrency=${concurrency}`, '--test-timeout=600000', '--test-force-exit'];
  const args = ['--require', './test/support/test-process.js', '--test', ...limits, ...flags, ...chosen];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
}
