// Run after every change of dependencies: node lint/prune-lock.js
// npm writes names of optional packages (builds of the linter for other platforms) into the lock file even where it
// could not find them, and `npm ci` then refuses the lock: https://github.com/npm/cli/issues/4828. Addresses of a
// registry are dropped too: the lock must work with any mirror. So is what Node each package asks for: every one runs with the Node that the
// lock brings along, and `npm ci` would warn about the Node that it was typed with, which runs none of them.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const known = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));

let dropped = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved;
  if (path !== '') delete entry.engines;
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (known.has(name)) continue;
    delete entry.optionalDependencies[name];
    dropped += 1;
  }
}
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(`${dropped} optional packages that the lock does not hold were dropped`);
