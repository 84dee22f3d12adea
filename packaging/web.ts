import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { packagesOf } from './bundle.ts';

export type Page = {
  readonly files: number;
  /** What a browser that knows nothing loads, with gzip. */
  readonly gzipBytes: number;
  readonly packages: readonly string[];
};

/**
 * The web page as files with the digest of their content in the name, each also packed with brotli: packing at every request would
 * cost more than the request. Nothing is inline, so that the page can forbid inline code (functions/http/ui.ts).
 */
export async function bundlePage(root: string, folder: string): Promise<Page> {
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['web/main.tsx', 'web/page.css'],
    outdir: folder,
    entryNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const written = Object.keys(metafile.outputs).map((file) =>
    path.relative(folder, path.resolve(root, file)),
  );
  writeFileSync(path.join(folder, 'index.html'), renderIndex(root, metafile, folder));
  const all = ['index.html', ...written];
  for (const file of all) pack(path.join(folder, file));
  const sizes = all.map((file) => gzipSync(readFileSync(path.join(folder, file)), { level: 9 }).length);
  const gzipBytes = sizes.reduce((sum, size) => sum + size, 0);
  return { files: all.length, gzipBytes, packages: packagesOf(metafile) };
}

/** Absolute addresses: the page is shown below any path. */
function renderIndex(root: string, { outputs }: Metafile, folder: string): string {
  const addressOf = (entry: string): string => {
    const [file] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
    if (file === undefined) throw new Error(`The page has no ${entry}.`);
    return `/ui/${path.relative(folder, path.resolve(root, file)).replaceAll('\\', '/')}`;
  };
  return readFileSync(path.join(root, 'web/index.html'), 'utf8')
    .replace('{{script}}', addressOf('web/main.tsx'))
    .replace('{{style}}', addressOf('web/page.css'));
}

function pack(file: string): void {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), { params }));
}
