// What the pages tell people to type is there: every command, option, script, file and setting of every block, and the code in the text.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { ROOT } from '../support/local-kiln.ts';
import { allBlocks, type Block, PAGES, read, shellBlocks } from './blocks.ts';
import { commandsOf } from './command-lines.ts';

const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const outputs = new Set([...read('infra/main.bicep').matchAll(/^output (\w+)/gm)].map(([, name]) => name));
const variables = new Set(
  [...read('infra/main.bicepparam').matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name]) => name),
);
/** Of azd itself. https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables */
const AZD_OWN = ['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP'];

/** Parses as the command itself does, without doing anything. Throws commander's own message. */
function parse(words: readonly string[]): void {
  const program = createProgram();
  const told: string[] = [];
  const still = (command: Command): void => {
    command.configureOutput({ writeErr: (text) => void told.push(text), writeOut: () => undefined });
    command.action(() => undefined);
    command.commands.forEach(still);
  };
  program.commands.forEach(still);
  program.configureOutput({ writeErr: (text) => void told.push(text), writeOut: () => undefined });
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if ((error as { exitCode?: number }).exitCode !== 0) throw new Error(told.join(''), { cause: error });
  }
}

/** What is wrong with the words of one command. */
function problem(words: readonly string[]): string | undefined {
  const [name = '', ...rest] = words;
  if (name === 'kiln') return wrongWith(() => parse(rest));
  if (name === 'npm') return npm(rest);
  if (name === 'npx') return rest[0] === '-p' ? problem(rest.slice(2)) : undefined;
  if (name === 'node') return node(rest);
  if (name === 'az') return files(rest.filter((word) => /^@|^infra\/|\.bicep$/.test(word)));
  if (name === 'azd') return azd(rest);
  if (name === 'cd') return files([rest[0] ?? '']);
  if (name === 'source') return rest[0]?.startsWith('.kiln/') === true ? undefined : files(rest);
  return undefined;
}

function wrongWith(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function npm([verb = '', script = '', dashes, ...rest]: readonly string[]): string | undefined {
  if (verb === 'ci' || verb === 'test' || verb === 'install') return undefined;
  if (verb !== 'run') return `npm ${verb} is not looked at; teach this test`;
  if (!(script in manifest.scripts)) return `package.json has no script ${script}`;
  return script === 'kiln' && dashes === '--' ? problem(['kiln', ...rest]) : undefined;
}

function node(words: readonly string[]): string | undefined {
  const script = words.find((word) => /\.(ts|js|mjs)$/.test(word));
  const test = words.find((word) => word.startsWith('--test-name-pattern='))?.split('=')[1];
  if (script === undefined || words.includes('-e') || words.includes('-p')) return undefined;
  if (!existsSync(path.join(ROOT, script))) return `there is no ${script}`;
  if (test === undefined || read(script).includes(test)) return undefined;
  return `${script} has no test named ${test}`;
}

function azd([verb, action, name = '']: readonly string[]): string | undefined {
  if (verb !== 'env' || action === 'new') return undefined;
  const known = action === 'set' ? variables : outputs;
  return known.has(name) || AZD_OWN.includes(name) ? undefined : `azd knows no ${name}`;
}

function files(names: readonly string[]): string | undefined {
  const missing = names
    .map((name) => name.replace(/^@/, ''))
    .filter((name) => !existsSync(path.join(ROOT, name)));
  return missing.length === 0 ? undefined : `there is no ${missing.join(', ')}`;
}

/** dist/ is there after a build; the package makes it. */
const problemsOf = ({ text }: Block): string[] =>
  commandsOf(text)
    .filter((words) => !(words[0] === 'cd' && words[1]?.startsWith('dist/') === true))
    .flatMap((words) => problem(words) ?? []);

for (const block of allBlocks())
  test(`what ${block.page}:${block.line} says to type is there`, () => {
    assert.deepEqual(problemsOf(block), [], block.text);
  });

test('every `kiln …` in the text of a page is a command with these options', () => {
  for (const page of PAGES)
    for (const [, typed = ''] of read(page)
      .replaceAll(/^ *```[^]*?^ *```/gm, '')
      .matchAll(/`kiln ([a-z][^`]*)`/g))
      assert.equal(unknownIn(typed.split(/\s+/)), undefined, `${page}: kiln ${typed}`);
});

/** The first word of a command line that is neither a command nor an option of it; arguments are anything. */
function unknownIn(words: readonly string[]): string | undefined {
  let command: Command = createProgram();
  const [verb] = words;
  for (const word of words) {
    const sub = command.commands.find((candidate) => candidate.name() === word);
    if (sub !== undefined) command = sub;
    else if (word === verb) return word;
    const flag = /^\[?(-{1,2}[a-z][a-z-]*)/.exec(word)?.[1];
    const known = command.options.some(({ short, long }) => short === flag || long === flag);
    if (flag !== undefined && !known && flag !== '--help') return word;
  }
  return undefined;
}

test('links of the guides lead somewhere', () => {
  for (const page of PAGES)
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(path.join(ROOT, path.dirname(page), target)), `${page}: ${target}`);
});

test('links to a part of a page lead to a heading', () => {
  for (const page of PAGES)
    for (const [, target = '', part = ''] of read(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)) {
      const file = path.join(ROOT, path.dirname(page), target);
      const text = readFileSync(target === '' ? path.join(ROOT, page) : file, 'utf8');
      const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      if (file.endsWith('.md') || target === '')
        assert.ok(anchors.includes(part), `${page}: ${target}#${part}`);
    }
});

/** As GitHub makes them. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

test('a block is found in lists, with its reason, and by its prompt; commands are told from comments and quotes', () => {
  const page = [
    '- a',
    '',
    '  <!-- not run: x -->',
    '  ```sh',
    '  kiln runs',
    '  ```',
    '```',
    '$ kiln show',
    '```',
  ];
  assert.deepEqual(shellBlocks('p', page.join('\n')), [
    { page: 'p', line: 4, text: 'kiln runs', notRun: 'x' },
    { page: 'p', line: 7, text: '$ kiln show' },
  ]);
  for (const command of ['npm run demo', 'A=1 kiln runs', 'sudo apt-get update'])
    assert.equal(shellBlocks('p', `\`\`\`\n${command}\n\`\`\``).length, 1, command);
  for (const fence of ['~~~', '```Bash', '```fish'])
    assert.throws(() => shellBlocks('p', `${fence}\nkiln runs\n${fence.slice(0, 3)}`), /Teach blocks\.ts/);
  const script = `a=$(kiln show "x y" | tail -1) # no; command\nfor x in 1; do kiln logs -f && b 'it;s' > out; done\nkiln dlq \\\n  list`;
  assert.deepEqual(commandsOf(script), [
    ['kiln', 'show', 'x y'],
    ['tail', '-1'],
    ['for', 'x', 'in', '1'],
    ['kiln', 'logs', '-f'],
    ['b', 'it;s'],
    ['done'],
    ['kiln', 'dlq', 'list'],
  ]);
});

test('a command, an option, a script and a setting that are not there are told', () => {
  const wrong = [
    'kiln bild x',
    'kiln build x --wiat',
    'npm run nosuch',
    'node test/nosuch.ts',
    'npm run kiln -- nosuch',
  ];
  for (const typed of [
    ...wrong,
    'azd env get-value NOSUCH',
    'azd env set KILN_NOSUCH x',
    'az ad app create --x @nosuch',
  ])
    assert.equal(commandsOf(typed).flatMap((words) => problem(words) ?? []).length, 1, typed);
  assert.equal(unknownIn(['build', 'FILE', '--nosuch']), '--nosuch');
  assert.equal(unknownIn(['nosuch']), 'nosuch');
});
