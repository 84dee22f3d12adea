import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject } from '../api/json.ts';
import { type CliError, refuse } from '../errors.ts';
import { systemError } from '../system-errors.ts';
import { parseJsonc } from './jsonc.ts';

type Kind = { readonly what: string; readonly way: string };

/** Files of other tools, by their name or by how they begin, and the way from each to a template. */
const OTHER_KINDS: readonly (readonly [RegExp, RegExp | undefined, Kind])[] = [
  [
    /\.bicep(param)?$/i,
    /^\s*(targetScope\s*=|param\s+\w+\s+\w+|resource\s+\w+\s+'|using\s+')/m,
    { what: 'Bicep', way: 'Compile it with `az bicep build --file FILE`, then `kiln import` the JSON.' },
  ],
  [
    /\.tf$/i,
    /^\s*resource\s+"az(api|urerm)_\w+"\s+"/m,
    { what: 'Terraform', way: 'The `body` of an azapi_resource, as JSON, is a template.' },
  ],
  [
    /\.(pkr\.)?hcl$/i,
    /^\s*(?:\/\*.*\*\/\s*)?(source|build|packer|variable|locals|data)\s*("[\w-]+"\s*)*\{/m,
    {
      what: "Packer's HCL",
      way: 'It is not read. docs/migrate.md shows which field goes where; templates in JSON can be imported.',
    },
  ],
  [
    /\.ya?ml$/i,
    /^---|^[A-Za-z$][\w$-]*:(\s|$)/m,
    { what: 'YAML', way: 'Write it as JSON, for example with `yq -o json`.' },
  ],
];

/** Reads a file that holds JSON, comments allowed. What it is instead is told with the way from there. */
export async function readSource(file: string): Promise<{ value: unknown; relaxed: boolean }> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  const source = textOf(bytes, file);
  try {
    return parseJsonc(source, file);
  } catch (error) {
    const kind = kindOf(file, source);
    if (kind === undefined) throw error;
    throw refuse(`${file} is ${kind.what}, not JSON.`, kind.way.replace('FILE', file));
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException): CliError {
  const { code } = error;
  if (code === 'EISDIR') return refuse(`${file} is a folder.`, 'Name the file in it.');
  if (code === 'ENOENT')
    return refuse(
      `There is no file ${file} in ${path.resolve('.')}.`,
      'Correct the path, or change the folder.',
    );
  return systemError(error) ?? refuse(`${file} cannot be read: ${error.message}`);
}

/** Bytes as text. What is none would be told as a mistake of its first letter. https://www.unicode.org/faq/utf_bom.html#bom4 */
function textOf(bytes: Buffer, file: string): string {
  const [first = 0, second = 0] = bytes;
  if (first + second === 0xff + 0xfe && Math.min(first, second) === 0xfe)
    throw refuse(
      `${file} is UTF-16, as PowerShell 5 writes with ">".`,
      'Save it as UTF-8: `Set-Content -Encoding utf8`, or `iconv -f utf-16 -t utf-8`.',
    );
  if (bytes.includes(0)) throw refuse(`${file} is no text.`, 'Name the file that holds the JSON.');
  return bytes.toString('utf8');
}

function kindOf(file: string, source: string): Kind | undefined {
  const byName = OTHER_KINDS.find(([name]) => name.test(file));
  const isJson = /^\s*[{[]/.test(source.replace(/^\uFEFF/, ''));
  const found = byName ?? (isJson ? undefined : OTHER_KINDS.find(([, content]) => content?.test(source)));
  return found?.[2];
}

/** JSON of another tool, given where a template is wanted. */
export function refuseOtherTools(value: unknown, file: string): void {
  if (!isObject(value) || isObject(value['properties'])) return;
  const what = Array.isArray(value['builders'])
    ? 'a Packer template'
    : 'resources' in value
      ? 'an ARM deployment'
      : undefined;
  if (what === undefined) return;
  throw refuse(`${file} is ${what}.`, `Make a template of it: kiln import ${file} -o template.json`);
}
