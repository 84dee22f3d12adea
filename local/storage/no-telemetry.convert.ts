// Loaded into Azurite's process before Azurite itself.
// Azurite loads the client of Application Insights also when its telemetry is switched off, as it is here: a third of what its
// start costs, and code that could leave the machine. Azurite 3.35.0, Telemetry.js; it uses nothing of it then.
import { createRequire, Module } from 'node:module';

const fromHere = createRequire(import.meta.url);
const fromAzurite = createRequire(fromHere.resolve('azurite/package.json'));
const file = fromAzurite.resolve('applicationinsights');
const empty = new Module(file);
empty.loaded = true;
fromAzurite.cache[file] = empty;
