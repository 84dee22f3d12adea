import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FunctionApp } from './app.ts';
import { registerInto } from './core-module.ts';
import { toAppPackage } from './edge.convert.ts';
import type { Log } from './log.ts';

/**
 * Loads an app as the Node worker does: every file that package.json's `main`, a glob, matches; as ESM when it ends in .mjs or
 * the package says `type: module`. Throws when nothing matches or an entry file throws, which is fatal in Azure too.
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/startApp.ts
 */
export async function loadApp(
  directory: string,
  log: Log,
  functionTimeout = Number.POSITIVE_INFINITY,
): Promise<FunctionApp> {
  const manifest = path.join(directory, 'package.json');
  const { main, isModule } = toAppPackage(JSON.parse(readFileSync(manifest, 'utf8')));
  const files = globSync(main, { cwd: directory, exclude: ['node_modules/**'] }).sort();
  if (files.length === 0)
    throw new Error(`Found no file that matches "main": "${main}" of ${manifest}. Build the app first.`);
  const app = new FunctionApp(log, functionTimeout);
  registerInto(app);
  const load = createRequire(manifest);
  for (const file of files) {
    const full = path.join(directory, file);
    const isEsm = file.endsWith('.mjs') || (isModule && !file.endsWith('.cjs'));
    if (isEsm) await import(pathToFileURL(full).href);
    else load(full);
  }
  await app.begin(directory);
  return app;
}
