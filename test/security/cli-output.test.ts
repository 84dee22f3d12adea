import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { defuse } from '../../cli/ci/defuse.ts';
import { Screen } from '../../cli/follow/screen.ts';
import { COLOR, harmless, harmlessInColor, harmlessJson } from '../../cli/output/style.ts';
import { withKiln, type RunOptions } from '../cli/command.ts';
import { succeeding } from '../cli/scripts.ts';
import { RUN_ID, type Script } from '../cli/stand-in.ts';

const EVIL = [
  '\u001B]0;title\u0007\u001B[31mred\u001B[2J\u009B31m\u009Dtitle\u009C\r\b\u0000',
  '\u202Egnp.exe\u2066\u200B\u{E0041}',
  '\u0085::warning::from-data\u2028::error::from-data',
  'x\n::set-output name=a::from-data\n \u0085 ::warning::from-data',
  '##vso[task.setvariable variable=a]from-data ##[command]from-data',
].join(' ');

/** Everything that a terminal or a pipeline obeys, or that shows text in another order than it has. */
const OBEYED = /(?![\n\t])[\p{Cc}]|[\u202A-\u202E\u2066-\u2069\u200B\u2028\u2029\u{E0000}-\u{E007F}]/u;
const COMMAND = /^[\s\p{C}]*::|##(?:vso)?\[/mu;

/** Data of others in every field that the service hands out. */
const hostile: Script = {
  ...succeeding,
  stages: succeeding.stages.map(({ run, timeline = [], logs }) => ({
    run: { ...run, reason: EVIL, message: EVIL },
    timeline: timeline.map((entry) => ({
      ...entry,
      message: EVIL,
      ...('step' in entry && { step: `install ${EVIL}` }),
    })),
    ...(logs && { logs: Object.fromEntries(Object.keys(logs).map((name) => [name, `${EVIL}\n`])) }),
  })),
};

const COMMANDS = [
  ['runs', 'web'],
  ['runs', 'web', '--json'],
  ['show', `web/${RUN_ID}`],
  ['show', `web/${RUN_ID}`, '--json'],
  ['logs', `web/${RUN_ID}`],
  ['logs', `web/${RUN_ID}`, '--json'],
];

test('no command writes what drives a terminal or a pipeline, whatever the service tells', async () => {
  const environments: NonNullable<RunOptions['env']>[] = [
    {},
    { GITHUB_ACTIONS: 'true' },
    { TF_BUILD: 'True' },
  ];
  for (const env of environments)
    await withKiln(hostile, async ({ server, kiln }) => {
      server.withRuns();
      for (const args of COMMANDS) {
        const { stdout, stderr } = await kiln(args, { env });
        const label = `${args.join(' ')} ${JSON.stringify(env)}`;
        assert.ok(stdout.includes('from-data') || !/logs|show/.test(label), `${label}: ${stderr}`);
        assert.doesNotMatch(stdout + stderr, OBEYED, label);
        if (Object.keys(env).length > 0) assert.doesNotMatch(stdout + stderr, COMMAND, label);
        if (args.includes('--json') && args[0] !== 'logs') JSON.parse(stdout);
      }
    });
});

test('an error of the service is as powerless', async () => {
  const body = {
    error: { code: EVIL, message: EVIL, details: [{ code: 'x', target: EVIL, message: EVIL }] },
  };
  await withKiln({ ...succeeding, refusal: { status: 400, body } }, async ({ kiln, folder }) => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${folder}/web.json`, JSON.stringify({ name: 'web', location: 'x', properties: {} }));
    const { code, stdout, stderr } = await kiln(['build', 'web.json'], { env: { GITHUB_ACTIONS: 'true' } });
    assert.equal(code, 2);
    assert.doesNotMatch(stdout + stderr, OBEYED);
    // The command's own annotations are commands; none of them is the one in the data.
    for (const line of stderr.split('\n').filter((one) => COMMAND.test(one))) assert.match(line, /^::error /);
  });
});

test('text of any kind loses only what is obeyed, and our own colours stay', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(harmless(text), OBEYED);
      assert.doesNotMatch(defuse(harmless(text)), COMMAND);
      assert.doesNotMatch(harmlessJson(JSON.stringify({ [text]: text })), OBEYED);
      assert.deepEqual(JSON.parse(harmlessJson(JSON.stringify({ [text]: text }, undefined, 2))), {
        [text]: text,
      });
    }),
  );
  for (let code = 0xe0000; code <= 0xe007f; code++) assert.equal(harmless(String.fromCodePoint(code)), '');
  assert.equal(harmless('naïve – ünïcode 👩‍👩‍👧 日本\ttab\n'), 'naïve – ünïcode 👩‍👩‍👧 日本\ttab\n');
  assert.equal(harmlessInColor(`${COLOR.red('a')}\u001B[5mb\u001B[2Jc`), `${COLOR.red('a')}bc`);
});

test('the live view draws nothing of others but their text', () => {
  let written = '';
  const screen = new Screen({ columns: 80, rows: 20, write: (text: string) => (written += text) });
  screen.print([`${COLOR.dim('step │')} ${EVIL}`]);
  screen.draw([EVIL]);
  // What remains of escapes is the screen's own.
  const own = new RegExp(`${String.fromCharCode(27)}\\[(?:\\?\\d+[hl]|\\d*[ABJKm])|\r`, 'g');
  const rest = written.replaceAll(own, '');
  assert.doesNotMatch(rest, OBEYED);
  assert.ok(!written.includes('\u001B[31m') || written.includes('red'));
});
