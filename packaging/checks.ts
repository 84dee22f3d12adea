import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'esbuild';
import { ACCESS_POLICY } from '../shared/access/policy-schema.ts';
import { INVENTORY } from '../shared/inventory/schema.ts';
import { BUILD_REQUEST } from '../shared/requests/request-schema.ts';
import { checkerAjv } from '../shared/template/checker-ajv.ts';
import type { Shape } from '../shared/template/check-shape.ts';
import { templateShape } from '../shared/template/checker.ts';
import { patchShape } from '../shared/template/patch-shape.ts';
import { API_VERSIONS } from '../shared/template/versions/all.ts';
import { shareParts } from './share-parts.ts';
import { GENERATED } from './source-map.ts';

/** Everything that the app checks with a schema. */
export const SHAPES: readonly Shape[] = [
  ...API_VERSIONS.flatMap((version) => [templateShape(version), patchShape(version)]),
  BUILD_REQUEST,
  ACCESS_POLICY,
  INVENTORY,
];

/**
 * An ES module that stands in for shared/template/checker-compile.ts: the same checks, compiled now, so that the package
 * has no compiler in it and makes no code at run time. https://ajv.js.org/standalone.html
 */
export function compiledChecks(shapes: readonly Shape[] = SHAPES): string {
  const ajv = checkerAjv({ code: { source: true, esm: true }, inlineRefs: false });
  const { roots, parts } = shareParts(shapes.map(({ schema }) => schema));
  for (const [id, part] of parts) ajv.addSchema(part, id);
  for (const [index, root] of roots.entries()) ajv.addSchema(root, nameOf(index));
  const names = roots.map((_, index) => [nameOf(index), nameOf(index)] as const);
  const code = standalone.default(ajv, Object.fromEntries(names));
  const table = shapes.map(({ name }, index) => `${JSON.stringify(name)}: ${nameOf(index)}`);
  return `${code}
const checks = { ${table.join(', ')} };
export function checkOf({ name }) {
  if (Object.hasOwn(checks, name)) return checks[name];
  throw new Error(\`The package has no compiled check for "\${name}": add it to packaging/checks.ts.\`);
}
`;
}

function nameOf(index: number): string {
  return `check${index}`;
}

/** Puts the compiled checks where the sources have the compiler. `root`: where packages are found. */
export function checksPlugin(root: string): Plugin {
  return {
    name: 'compiled checks',
    setup(building) {
      building.onResolve({ filter: /\/checker-compile\.ts$/ }, () => ({
        path: 'checks',
        namespace: GENERATED,
      }));
      building.onLoad({ filter: /.*/, namespace: GENERATED }, () => ({
        contents: compiledChecks(),
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}
