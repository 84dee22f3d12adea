import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';

/** A Bicep file, read with the published tree-sitter grammar: its declarations by name. */
export type BicepFile = {
  readonly path: string;
  readonly text: string;
  readonly scope: string;
  readonly declarations: readonly Declaration[];
};

export type Declaration = {
  readonly kind: 'param' | 'var' | 'resource' | 'module' | 'output';
  readonly name: string;
  /** Of a param: its type. Of a resource: type@version. Of a module: the file. */
  readonly type: string;
  readonly existing: boolean;
  /** Arguments by name of the decorator. */
  readonly decorators: Readonly<Record<string, Node | undefined>>;
  readonly value: Node | undefined;
  readonly line: number;
};

const require = createRequire(import.meta.url);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));

const KINDS: Record<string, Declaration['kind']> = {
  parameter_declaration: 'param',
  variable_declaration: 'var',
  resource_declaration: 'resource',
  module_declaration: 'module',
  output_declaration: 'output',
};

/** Throws with file and line for anything that is not Bicep. */
export function readBicep(path: string): BicepFile {
  const text = readFileSync(path, 'utf8');
  const tree = parser.parse(text);
  if (tree === null) throw new Error(`${path} cannot be read.`);
  const fault = findFault(tree.rootNode);
  if (fault)
    throw new Error(`${path}:${fault.startPosition.row + 1}: this is not Bicep: ${fault.text.slice(0, 80)}`);
  const declarations: Declaration[] = [];
  let decorators: Declaration['decorators'] = {};
  let scope = 'resourceGroup';
  for (const node of named(tree.rootNode)) {
    if (node.type === 'decorators') decorators = readDecorators(node);
    else if (node.type === 'target_scope_assignment') scope = node.namedChild(0)?.text.slice(1, -1) ?? '';
    else {
      declarations.push(readDeclaration(path, node, decorators));
      decorators = {};
    }
  }
  return { path, text, scope, declarations };
}

/** Children that mean something. */
export function named(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

function readDeclaration(path: string, node: Node, decorators: Declaration['decorators']): Declaration {
  const kind = KINDS[node.type];
  const [name, type, ...rest] = named(node);
  if (kind === undefined || !name)
    throw new Error(`${path}:${node.startPosition.row + 1}: unknown ${node.type}`);
  const typed = kind !== 'var';
  const value = kind === 'var' ? type : rest.at(-1);
  return {
    kind,
    name: name.text,
    type: typed ? (type?.text.replaceAll("'", '') ?? '') : '',
    existing: /^resource\s+\w+\s+'[^']*'\s+existing\b/.test(node.text),
    decorators,
    value,
    line: node.startPosition.row + 1,
  };
}

function readDecorators(node: Node): Record<string, Node | undefined> {
  const calls = named(node).flatMap((decorator) => named(decorator));
  return Object.fromEntries(
    calls.map((call) => {
      const args = call.childForFieldName('arguments');
      return [call.childForFieldName('function')?.text ?? '', (args && named(args)[0]) ?? undefined];
    }),
  );
}

function findFault(node: Node): Node | undefined {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    const fault = child && findFault(child);
    if (fault) return fault;
  }
  return undefined;
}
