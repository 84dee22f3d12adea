// How far an import gets over whole estates, and that no file is taken for done whose image would be another one.
// docs/migrate.md has the counts; `KILN_WRITE_DOCS=1` writes them.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CliError } from '../../../cli/errors.ts';
import { fallbackName, importDocument, type Imported } from '../../../cli/import/import-file.ts';
import { readSource } from '../../../cli/template/read-source.ts';
import { ROOT } from '../../support/local-kiln.ts';
import { ESTATE } from './packer-estate.ts';
import { silentDifferences } from './same-image.ts';

const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const folder = path.join(data, 'templates');
const skip = existsSync(folder) ? false : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

type Verdict = 'moved' | 'reported' | 'refused';
type Count = Record<Verdict, number>;

/** As the command ends: 0, 3, 2. */
const verdictOf = ({ notes }: Imported): Verdict =>
  notes.some(({ level }) => level === 'untranslated') ? 'reported' : 'moved';

const imported = (document: unknown, name: string): Imported =>
  importDocument(document, { parameters: {}, fallbackName: fallbackName(name), file: (file) => `./${file}` });

async function publicTemplates(): Promise<{ count: Count; silent: string[] }> {
  const count: Count = { moved: 0, reported: 0, refused: 0 };
  const silent: string[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    try {
      const document = (await readSource(path.join(folder, file))).value;
      const found = imported(document, file);
      const verdict = verdictOf(found);
      count[verdict] += 1;
      if (verdict !== 'moved') continue;
      for (const index of found.templates.keys())
        silent.push(...silentDifferences(document, found, index).map((line) => `${file}: ${line}`));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      assert.ok(error.problem.message !== '', file);
      count.refused += 1;
    }
  }
  return { count, silent };
}

function packerTemplates(): Count {
  const count: Count = { moved: 0, reported: 0, refused: 0 };
  for (const { document } of ESTATE) count[verdictOf(imported(document, 'web'))] += 1;
  return count;
}

const sumOf = ({ moved, reported, refused }: Count): number => moved + reported + refused;

const BEGIN = '<!-- counts:begin -->';
const END = '<!-- counts:end -->';

test(
  'no public template that is moved without a word makes another image, and the page has the counts',
  { skip },
  async () => {
    const { count, silent } = await publicTemplates();
    assert.deepEqual(silent, []);
    const packer = packerTemplates();
    const row = (what: string, of: Count): string =>
      `| ${what} | ${sumOf(of)} | ${of.moved} | ${of.reported} | ${of.refused} | 0 |`;
    const rows = [
      '| | files | moved (0) | moved, with something to look at (3) | refused (2) | called done, and another image |',
      '|---|---|---|---|---|---|',
      row('public templates of Azure VM Image Builder and ARM deployments with them', count),
      row('Packer templates, written by us after its documentation', packer),
    ];
    const file = path.join(ROOT, 'docs/migrate.md');
    const page = readFileSync(file, 'utf8');
    const [before = '', rest = ''] = page.split(`${BEGIN}\n`);
    const wanted = `${before}${BEGIN}\n\n${rows.join('\n')}\n\n${END}${rest.split(END)[1] ?? ''}`;
    if (process.env['KILN_WRITE_DOCS'] === '1') writeFileSync(file, wanted);
    assert.equal(readFileSync(file, 'utf8'), wanted, 'run this file with KILN_WRITE_DOCS=1');
  },
);

for (const { name, document, steps, more } of ESTATE)
  test(`a Packer template with ${name} ${steps === undefined ? 'says what is not in the result' : 'makes the same image'}`, () => {
    const found = imported(document, 'web');
    assert.equal(verdictOf(found), steps === undefined ? 'reported' : 'moved', JSON.stringify(found.notes));
    if (steps === undefined) return;
    const { customize, distribute } = found.templates[0]!.template['properties'] as Record<string, any>;
    assert.deepEqual(customize, steps);
    if (more !== undefined) assert.deepEqual({ ...distribute.at(-1), ...more }, distribute.at(-1));
  });

test('a second opinion notices what an import loses, changes and makes up', () => {
  const document = {
    properties: { customize: [{ type: 'Shell', inline: ['a', '[b]'] }], vmProfile: { vmSize: 'x' } },
  };
  const said = (properties: object): string[] =>
    silentDifferences(
      document,
      {
        ...imported(document, 'w'),
        templates: [{ name: 'w', pointer: '', template: { properties } }],
      },
      0,
    );
  assert.deepEqual(said(document.properties), []);
  assert.equal(said({ ...document.properties, vmProfile: undefined }).length, 1);
  assert.equal(
    said({ ...document.properties, customize: [{ type: 'Shell', inline: ['b', '[b]'] }] }).length,
    1,
  );
  assert.equal(said({ ...document.properties, buildTimeoutInMinutes: 9 }).length, 1);
});
