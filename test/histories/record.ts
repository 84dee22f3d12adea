// Records the histories of a release: node test/histories/record.ts 0.2.0 [orchestrator…]
// Once for each release, when it is made. replay.test.ts plays them against whatever comes after it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { record, recordable } from './recording.ts';

const [release, ...wanted] = process.argv.slice(2);
if (release === undefined || !/^\d+\.\d+\.\d+$/.test(release))
  throw new Error('Name the release, and the orchestrators if not all: record.ts 0.2.0 build-image');
const folder = path.join(import.meta.dirname, 'recorded', release);
mkdirSync(folder, { recursive: true });
for (const name of recordable(wanted)) {
  writeFileSync(path.join(folder, `${name}.json`), await record(name));
  console.log(path.join('test/histories/recorded', release, `${name}.json`));
}
