// Tells another program what this machine lacks to make a base image and to boot it: one line of JSON.
import { probePrerequisites } from '../prerequisites.ts';

process.stdout.write(`${JSON.stringify(await probePrerequisites('images'))}\n`);
