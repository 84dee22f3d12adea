// docs/deploy.md from its first command to its last, in one shell, with stand-ins for the tools that talk to Azure: every variable has been set by
// a command before it, every body is JSON, and nothing is asked for before the page has made it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../support/local-kiln.ts';
import { read, shellBlocks } from './blocks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-deploy-'));
const bin = path.join(folder, '.bin');
const log = path.join(folder, 'asked.jsonl');

before(() => {
  mkdirSync(bin);
  mkdirSync(path.join(folder, 'dist/app'), { recursive: true });
  cpSync(path.join(ROOT, 'infra'), path.join(folder, 'infra'), { recursive: true });
  const tool = path.join(import.meta.dirname, 'azure-tools.ts');
  for (const name of ['az', 'azd', 'func', 'npm', 'curl', 'uuidgen']) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${tool}' ${name} "$@"\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the tools were asked by a page, or what stopped it. */
function follow(page: string): { readonly asked: string[]; readonly stopped: string } {
  // A block that says something else than that it needs Azure says what runs it.
  const blocks = shellBlocks('docs/deploy.md', page).filter(
    ({ notRun = 'needs Azure' }) => notRun === 'needs Azure',
  );
  rmSync(log, { force: true });
  const { PATH = '' } = process.env;
  const script = path.join(folder, 'page.sh');
  writeFileSync(script, blocks.map((one) => `${one.text}\n`).join(''));
  const { stderr, status } = spawnSync('bash', ['-euo', 'pipefail', script], {
    cwd: folder,
    env: { HOME: folder, PATH: `${bin}:${PATH}`, ASKED: log },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  const asked = lines.map((line) => (JSON.parse(line) as string[]).join(' '));
  return { asked, stopped: status === 0 ? '' : stderr };
}

test('docs/deploy.md can be typed from its first command to its last', () => {
  const { asked, stopped } = follow(read('docs/deploy.md'));
  assert.equal(stopped, '');
  for (const words of ['azd up', 'npm run kiln -- build', 'azd down', 'az ad app delete'])
    assert.ok(
      asked.some((one) => one.startsWith(words)),
      words,
    );
});

test('a variable that no command sets, a body that is no JSON and a step too early stop it', () => {
  const page = (command: string): string => `\`\`\`sh\naz login\n${command}\n\`\`\`\n`;
  const wrong: readonly (readonly [command: string, told: RegExp])[] = [
    ['az group show --name "$NOWHERE_SET"', /NOWHERE_SET: unbound variable/],
    ['az rest --body "{id: 1}"', /JSON/],
    ['azd env new x\nazd env get-value KILN_API', /not found in the environment/],
    [
      'azd auth login; azd env new x; azd env set KILN_IMAGE_GROUPS /subscriptions/s/resourceGroups/g; azd up',
      /ResourceGroupNotFound/,
    ],
  ];
  for (const [command, told] of wrong) assert.match(follow(page(command)).stopped, told, command);
});
