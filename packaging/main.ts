// `npm run package`, and the last step of `npm run build`: dist/app is what is deployed, and what local mode and the tests run.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { VERSION } from '../shared/version.ts';
import { bundle, type Bundle } from './bundle.ts';
import { NOTICES, renderNotices } from './notices.ts';
import { bundlePage, type Page } from './web.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const APP = path.join(ROOT, 'dist/app');

/**
 * Stack traces name our sources. It is said in code because flags of the worker are set before it knows the app, and it has to be
 * said before the bundle is read.
 */
const ENTRY = ['process.setSourceMapsEnabled(true);', "await import('./functions.js');", ''].join('\n');

/** Nothing in the folder is for this machine alone but what a developer adds; `node_modules` must not be named here. */
const FUNCIGNORE = ['local.settings.json', '.funcignore', ''].join('\n');

rmSync(APP, { recursive: true, force: true });
mkdirSync(APP, { recursive: true });
const made = await bundle({
  root: ROOT,
  entry: 'functions/index.ts',
  outfile: path.join(APP, 'functions.js'),
});
const page = await bundlePage(ROOT, path.join(APP, 'ui'));
// No dependencies: whoever installs or builds in this folder, azd or the platform, finds nothing to do.
const manifest = { name: 'kiln-app', version: VERSION, private: true, type: 'module', main: 'index.js' };
writeFileSync(path.join(APP, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
writeFileSync(path.join(APP, 'index.js'), ENTRY);
writeFileSync(path.join(APP, '.funcignore'), FUNCIGNORE);
writeFileSync(path.join(APP, NOTICES), renderNotices(ROOT, [...made.packages, ...page.packages].sort()));
copyFileSync(path.join(ROOT, 'host.json'), path.join(APP, 'host.json'));
process.stdout.write(`${summary(made)}\n${pageSummary(page)}\n`);

function summary({ bytes, mapBytes, packages }: Bundle): string {
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(2)} MB`;
  return `dist/app/functions.js: ${megabytes(bytes)}, its source map ${megabytes(mapBytes)}, ${packages.length} packages inside`;
}

function pageSummary({ files, gzipBytes, packages }: Page): string {
  return `dist/app/ui: ${files} files, ${(gzipBytes / 1024).toFixed(1)} KB with gzip, ${packages.length} packages inside`;
}
