import type { SchemaNode } from '../schema/node.ts';
import { tagOf } from '../schema/node.ts';

/** What one api-version accepts and shows. */
export type ApiVersion = {
  readonly name: string;
  readonly schema: SchemaNode;
  /** Runs, timeline, logs, downloads and artifact URIs exist in this version. */
  readonly extensions: boolean;
  /**
   * Names in any case, unknown fields ignored, old spellings understood: what the service did before 2024-02-01.
   * https://learn.microsoft.com/azure/virtual-machines/image-builder-api-update-release-notes
   */
  readonly lenient: boolean;
  /** `bare`: `{code, message}`; `wrapped`: the same below `error`. */
  readonly errors: 'wrapped' | 'bare';
  /** Paths that PATCH may change; everything else takes a PUT. */
  readonly patchable: readonly string[];
  /** States of runs and their phases that the version does not have, and what it says instead. */
  readonly runStates: Readonly<Record<string, string>>;
  /** The same for the state of the template itself. */
  readonly provisioningStates: Readonly<Record<string, string>>;
};

/** How an older version differs from the next newer one. What is not said is as there. */
type Difference = Partial<Omit<ApiVersion, 'schema'>> & {
  readonly name: string;
  readonly newer: ApiVersion;
  /**
   * What the version does not know, beside what says `since` in the schema: field names joined by dots, a branch of a union by `:tag`,
   * for example `properties.distribute:SharedImage.replicationMode`. Array items add nothing to the path.
   */
  readonly lacks?: readonly string[];
  /** Keywords to set, by the same paths. */
  readonly overrides?: Readonly<Record<string, SchemaNode>>;
};

export function olderVersion(difference: Difference): ApiVersion {
  const { newer, lacks: _lacks, overrides: _overrides, ...own } = difference;
  return {
    ...newer,
    ...own,
    runStates: chain(newer.runStates, own.runStates),
    provisioningStates: chain(newer.provisioningStates, own.provisioningStates),
    schema: subtract(newer.schema, '', difference),
  };
}

/** What the newer version renames to may have another name still in the older one. */
function chain(
  newer: Readonly<Record<string, string>>,
  older: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const renamed = Object.entries(newer).map(([from, to]): [string, string] => [from, older[to] ?? to]);
  return { ...older, ...Object.fromEntries(renamed) };
}

function subtract(node: SchemaNode, path: string, difference: Difference): SchemaNode {
  const { name, lacks = [], overrides } = difference;
  const tag = node.discriminator?.propertyName;
  const kept = (at: string, { since = '' }: SchemaNode) => since <= name && !lacks.includes(at);
  const fieldPath = (key: string) => (path === '' ? key : `${path}.${key}`);
  const branchPath = (branch: SchemaNode) => `${path}:${tag === undefined ? '' : tagOf(branch, tag)}`;
  return {
    ...node,
    ...(node.properties && {
      properties: Object.fromEntries(
        Object.entries(node.properties)
          .filter(([key, child]) => kept(fieldPath(key), child))
          .map(([key, child]) => [key, subtract(child, fieldPath(key), difference)]),
      ),
    }),
    ...(node.items && { items: subtract(node.items, path, difference) }),
    ...(node.oneOf && {
      oneOf: node.oneOf
        .filter((branch) => kept(branchPath(branch), branch))
        .map((branch) => subtract(branch, branchPath(branch), difference)),
    }),
    ...overrides?.[path],
  };
}
