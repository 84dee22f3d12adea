import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { build, type Metafile } from 'esbuild';
import { checksPlugin } from './checks.ts';
import { ownSourcesOnly } from './source-map.ts';

export type Bundle = {
  readonly bytes: number;
  readonly mapBytes: number;
  /** Folders below node_modules of the packages with code in it, sorted. */
  readonly packages: readonly string[];
};

/**
 * CommonJS packages inside an ES module still call `require`. It has to be the real one: the Functions worker serves
 * `@azure/functions-core` by a hook in it, and only while the app asks at run time.
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/src/setupCoreModule.ts
 */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * The worker's own module; what `debug` takes for colours when it happens to be there, a tool of development here; and what
 * CycloneDX takes for XML when it is there: bills of materials are written as JSON.
 */
const OUTSIDE = ['@azure/functions-core', 'supports-color', 'xmlbuilder2'];

/** One file with everything that the entry reaches, and nothing else. `outfile` is absolute, `entry` relative to `root`. */
export async function bundle(what: { root: string; entry: string; outfile: string }): Promise<Bundle> {
  const { metafile } = await build({
    absWorkingDir: what.root,
    entryPoints: [what.entry],
    outfile: what.outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: OUTSIDE,
    plugins: [checksPlugin(what.root)],
    banner: { js: REQUIRE },
    minify: true,
    // Class and function names show in errors and stacks.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const map = `${what.outfile}.map`;
  writeFileSync(map, ownSourcesOnly(readFileSync(map, 'utf8')));
  return {
    bytes: statSync(what.outfile).size,
    mapBytes: statSync(map).size,
    packages: packagesOf(metafile),
  };
}

/** Packages whose code survived: what was shaken off whole has no bytes in an output. */
export function packagesOf({ outputs }: Metafile): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folder = /^node_modules\/((?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+)/;
  return [...new Set(files.flatMap((file) => folder.exec(file)?.[1] ?? []))].sort();
}
