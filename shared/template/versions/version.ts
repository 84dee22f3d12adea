import type { SchemaNode } from '../schema/node.ts';
import { tagOf } from '../schema/node.ts';

/** What one api-version accepts and shows. */
export type ApiVersion = {
  readonly name: string;
  readonly schema: SchemaNode;
  /** Runs, timeline, logs, downloads and artifact URIs exist in this version. */
  readonly extensions: boolean;
};

/** How an older version differs from the next newer one. */
type Difference = {
  readonly name: string;
  readonly newer: ApiVersion;
  readonly extensions: boolean;
  /**
   * What the version does not know: field names joined by dots, a branch of a union by `:tag`,
   * for example `properties.distribute:SharedImage.replicationMode`. Array items add nothing to the path.
   */
  readonly lacks: readonly string[];
  /** Keywords to set, by the same paths. */
  readonly overrides?: Readonly<Record<string, SchemaNode>>;
};

export function olderVersion(difference: Difference): ApiVersion {
  const { name, newer, extensions } = difference;
  return { name, extensions, schema: subtract(newer.schema, '', difference) };
}

function subtract(node: SchemaNode, path: string, difference: Difference): SchemaNode {
  const { lacks, overrides } = difference;
  const tag = node.discriminator?.propertyName;
  const kept = (at: string) => !lacks.includes(at);
  const fieldPath = (key: string) => (path === '' ? key : `${path}.${key}`);
  const branchPath = (branch: SchemaNode) => `${path}:${tag === undefined ? '' : tagOf(branch, tag)}`;
  return {
    ...node,
    ...(node.properties && {
      properties: Object.fromEntries(
        Object.entries(node.properties)
          .filter(([key]) => kept(fieldPath(key)))
          .map(([key, child]) => [key, subtract(child, fieldPath(key), difference)]),
      ),
    }),
    ...(node.items && { items: subtract(node.items, path, difference) }),
    ...(node.oneOf && {
      oneOf: node.oneOf
        .filter((branch) => kept(branchPath(branch)))
        .map((branch) => subtract(branch, branchPath(branch), difference)),
    }),
    ...overrides?.[path],
  };
}
