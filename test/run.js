// Builds the app as it is deployed, then runs test files with Node's own runner: `npm test` those that a change is judged by first,
// `npm run test:ci` more of them and some real guests, `npm run test:all` all that need no guest, `npm run test:guests` all guests;
// sizes.ts says which. An argument narrows the run to files whose path contains it, of any size: `node test/run.js e2e`. The Node
// that runs this file runs everything: `npx -p node@22 node test/run.js local/durable`.
import { spawn, spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { GUESTS, GUESTS_OF_CI, OF_ALL, OF_CI } from './sizes.ts';
import { shareAzurite } from './support/azurite.ts';

/** What each size of a run has, by its option; without one: `npm test`. */
const SIZES = {
  '': { guests: [], later: [] },
  '--ci': { guests: GUESTS_OF_CI, later: Object.keys(OF_CI) },
  '--all': { guests: [], later: [...Object.keys(OF_CI), ...Object.keys(OF_ALL)] },
  '--guests': { guests: GUESTS },
};

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--') && !(argument in SIZES));
const asked = process.argv.find((argument) => argument in SIZES) ?? '';
const size = SIZES[asked];
const files = globSync('test/**/*.test.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
const startsWith = (starts) => (file) => starts.some((start) => file.startsWith(start));
const isGuest = startsWith(GUESTS);
const isLater = startsWith([...Object.keys(OF_CI), ...Object.keys(OF_ALL)]);
const guests = files.filter(wanted.length > 0 && asked === '' ? isGuest : startsWith(size.guests));
const others = asked === '--guests' ? [] : files.filter((file) => !isGuest(file) && isInSize(file));

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
// As many files as there are cores: one more would cost each a fifth more of CPU. Guests come after all others, for which they would
// leave no core, and one after the other: a guest and what serves it fill two.
const tested = [await lane(others, availableParallelism()), await lane(guests, 1)];
await storage.stop();
const whole = wanted.length === 0 && asked === '--all' ? ['--whole'] : [];
const compared = run(process.execPath, ['test/infra/compare-roles.ts', actions, ...whole]);
process.exit(tested.find((status) => status !== 0) ?? compared);

function isInSize(file) {
  return wanted.length > 0 || !isLater(file) || startsWith(size.later)(file);
}

/** A test that hangs fails after ten minutes; what it cannot end itself, test-process.js ends. */
function lane(chosen, concurrency) {
  if (chosen.length === 0) return 0;
  const limits = [`--test-concurrency=${concurrency}`, '--test-timeout=600000', '--test-force-exit'];
  const args = ['--require', './test/support/test-process.js', '--test', ...limits, ...flags, ...chosen];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
}
