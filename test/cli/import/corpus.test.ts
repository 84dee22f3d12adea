import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fallbackName, importDocument, type Imported } from '../../../cli/import/import-file.ts';
import { formatTable } from '../../../cli/output/table.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { ROOT } from '../../support/local-kiln.ts';
import { REF } from '../../support/sample-templates.ts';
import { fill } from './fill.ts';

const data = process.env['KILN_REFERENCE_DATA'] ?? path.resolve(ROOT, '../shared/data');
const folder = path.join(data, 'templates');
const skip = existsSync(folder) ? false : `reference data not found at ${data}; set KILN_REFERENCE_DATA`;

type Verdict = { accepted: boolean; refused: { target: string; message: string }[] };

function judge({ template }: Imported['templates'][number]): Verdict {
  const { name: _name, ...body } = fill(template).template as Record<string, unknown>;
  const parsed = parseTemplate(body, NEWEST, REF);
  if (parsed.ok) return { accepted: true, refused: [] };
  const refused = parsed.failures.map(({ target = '', message }) => ({ target, message }));
  return { accepted: false, refused };
}

/** Pointers of the source and of the result name the same fields; the source has them under a resource. */
function isReported(target: string, imported: Imported, pointer: string): boolean {
  const untranslated = imported.notes.filter(({ level }) => level === 'untranslated');
  return untranslated.some((note) => {
    const inTemplate = note.pointer.startsWith(pointer) ? note.pointer.slice(pointer.length) : undefined;
    return inTemplate !== undefined && (target === inTemplate || target.startsWith(`${inTemplate}/`));
  });
}

function parsable(): [string, unknown][] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      try {
        const source = readFileSync(path.join(folder, file), 'utf8').replace(/^\uFEFF/, '');
        return [[file, JSON.parse(source)] as [string, unknown]];
      } catch {
        return [];
      }
    });
}

test(
  'every public template that is JSON becomes one that the API accepts, or each difference is reported',
  { skip },
  (t) => {
    const rows: string[][] = [];
    const totals = { files: 0, accepted: 0, asIs: 0, reported: 0 };
    const unexplained: string[] = [];
    for (const [file, document] of parsable()) {
      const imported = importDocument(document, {
        parameters: {},
        fallbackName: fallbackName(file),
        file: (name) => name,
      });
      const count = (level: string): string =>
        String(imported.notes.filter((note) => note.level === level).length);
      totals.files += 1;
      for (const one of imported.templates) {
        const { accepted, refused } = judge(one);
        const silent = refused.filter(({ target }) => !isReported(target, imported, one.pointer));
        unexplained.push(...silent.map(({ target, message }) => `${file}: ${target}: ${message}`));
        if (accepted) totals.accepted += 1;
        else totals.reported += 1;
        if (accepted && count('changed') === '0' && count('untranslated') === '0') totals.asIs += 1;
        const verdict = accepted
          ? 'accepted'
          : `refused at ${refused.map(({ target }) => target).join(', ')}, as reported`;
        rows.push([
          file.slice(0, 60),
          imported.kind,
          count('changed'),
          count('open'),
          count('left-out'),
          count('untranslated'),
          verdict,
        ]);
      }
    }
    const table = formatTable([
      ['FILE', 'KIND', 'CHANGED', 'OPEN', 'LEFT OUT', 'UNTRANSLATED', 'API'],
      ...rows,
    ]);
    t.diagnostic(`\n${table.join('\n')}\n${JSON.stringify(totals)}`);
    assert.deepEqual(unexplained, []);
    assert.ok(totals.files >= 110, `only ${totals.files} files`);
    assert.ok(totals.accepted >= totals.files * 0.9, JSON.stringify(totals));
  },
);
