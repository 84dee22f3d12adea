import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseRun } from '../../../cli/api/parse.ts';
import { azurePipelines } from '../../../cli/ci/azure-pipelines.ts';
import { defuse, defuseJson } from '../../../cli/ci/defuse.ts';
import { detectCi } from '../../../cli/ci/detect.ts';
import { runFindings } from '../../../cli/report/findings.ts';
import { github } from '../../../cli/ci/github.ts';
import { lineOfPointer } from '../../../cli/report/locate.ts';
import { code, codeBlock, plainText } from '../../../cli/report/markdown.ts';
import { outputValues, resultOf } from '../../../cli/report/outputs.ts';
import { TemplatePlaces } from '../../../cli/report/template-places.ts';
import { azureCommand, githubCommand, githubOutputs } from './agent.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('%', ':', ',', ';', ']', '[', '\n', '\r', '=', 'a', '2', '5', '#', ' ', '0', 'A'),
  }),
);

test('a pipeline is known by the variable that it sets itself', () => {
  assert.equal(detectCi({ GITHUB_ACTIONS: 'true' })?.name, 'GitHub Actions');
  assert.equal(detectCi({ TF_BUILD: 'True' })?.name, 'Azure Pipelines');
  assert.equal(detectCi({ CI: 'true' }), undefined);
});

test('whatever a message holds, GitHub reads one command with exactly that message', () => {
  fc.assert(
    fc.property(nasty, nasty, (title, message) => {
      const line = github({}).annotation({
        level: 'error',
        title,
        message,
        place: { file: 'a,b:c.json', line: 7 },
      });
      assert.doesNotMatch(line, /[\r\n]/);
      const { name, properties, data } = githubCommand(line)!;
      assert.deepEqual({ name, data }, { name: 'error', data: message });
      assert.deepEqual(properties, { file: 'a,b:c.json', line: '7', title });
    }),
  );
});

test('whatever a message or a path holds, Azure Pipelines reads one command with exactly that', () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, (title, message, file) => {
      const line = azurePipelines({}).annotation({
        level: 'error',
        title,
        message,
        place: { file, line: 7 },
      });
      assert.doesNotMatch(line, /[\r\n]/);
      const { name, properties, data } = azureCommand(line)!;
      assert.deepEqual({ name, data }, { name: 'task.logissue', data: `${title}: ${message}` });
      assert.deepEqual(properties, { type: 'error', sourcepath: file, linenumber: '7', columnnumber: '1' });
    }),
  );
});

test('no value can end itself and begin another output', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-ci-'));
  const file = path.join(folder, 'outputs');
  const values = { first: 'a\nsecond=b\nsecond<<x\nb\nx\n', second: 'real', empty: '' };
  assert.deepEqual(await github({ GITHUB_OUTPUT: file }).setOutputs(values), []);
  assert.deepEqual(githubOutputs(readFileSync(file, 'utf8')), values);
  rmSync(folder, { recursive: true });
});

test('Azure Pipelines gets output variables in its own spelling', async () => {
  const [line = ''] = await azurePipelines({}).setOutputs({ 'image-version': '1.0;]%\n2' });
  assert.deepEqual(azureCommand(line), {
    name: 'task.setvariable',
    properties: { variable: 'imageVersion', isOutput: 'true' },
    data: '1.0;]%\n2',
  });
});

test('no text of a guest is a command after it was defused, and JSON keeps its meaning', () => {
  const piece = fc.constantFrom(
    '##vso[',
    '##VSO[',
    '##[',
    '#',
    '[',
    'vso',
    '::',
    ':',
    '\n',
    ' ',
    'error',
    ']',
    'x',
    '##',
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join('')),
      (text) => {
        for (const line of defuse(text).split('\n')) {
          assert.equal(githubCommand(line), undefined, line);
          assert.equal(azureCommand(line), undefined, line);
        }
        const json = defuseJson(JSON.stringify({ text }));
        assert.equal(githubCommand(json), undefined);
        assert.equal(azureCommand(json), undefined);
        assert.deepEqual(JSON.parse(json), { text });
      },
    ),
  );
  assert.equal(defuse('a ##vso[task.x]y'), 'a ## vso[task.x]y');
});

test('the line of a pointer is the line that holds the value, with comments or without', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.boolean(), (value, comments) => {
      const root = { value, marked: { 'a/b~c': [0, { here: 'MARK' }] } };
      const plain = JSON.stringify(root, undefined, 1);
      const source = comments ? `// "MARK"\n/* { */ ${plain.replace('[\n', '[ // ] }\n')}` : plain;
      const line = lineOfPointer(source, '/marked/a~1b~0c/1/here') ?? 0;
      assert.match(source.split('\n')[line - 1] ?? '', /"here": "MARK"/);
    }),
  );
});

test('what is missing is shown where it is missing; no JSON has no lines', () => {
  const source = '{\n "properties": {\n  "customize": [\n   {"type": "Shell"}\n  ]\n }\n}';
  assert.equal(lineOfPointer(source, '/properties/source'), 2);
  assert.equal(lineOfPointer(source, '/properties/customize/0/inline'), 4);
  assert.equal(lineOfPointer(source, '/properties/customize/9'), 3);
  assert.equal(lineOfPointer(source, ''), 1);
  assert.equal(lineOfPointer('{', '/a'), undefined);
});

test('text of others cannot become a link, HTML, a table cell or the end of a code block', () => {
  assert.equal(plainText('<b>|[x](http://e)'), '&lt;b&gt;\\|\\[x\\]\\(http:&#47;/e\\)');
  assert.equal(plainText('a\n b'), 'a<br>b');
  assert.equal(code('a`b'), '`` a`b ``');
  assert.deepEqual(codeBlock(['```', 'x']), ['````text', '```', 'x', '````']);
});

test('a line that begins like a command of GitHub is none after it was defused, and others stay as they are', () => {
  const text = '::error::x\n \t::stop-commands::y\nstd::string a::b\nplain';
  const lines = defuse(text).split('\n');
  assert.deepEqual(lines.slice(2), ['std::string a::b', 'plain']);
  for (const line of lines.slice(0, 2)) assert.doesNotMatch(line, /^\s*::/);
});

const failure = (message: string) => ({ code: 'Bad', message, details: [] });

test('at most ten findings are shown, and the last one says how many are left out', () => {
  const run = parseRun({
    id: 'r',
    state: 'Failed',
    error: { ...failure('all'), details: Array.from({ length: 20 }, (_, n) => failure(`${n}`)) },
  });
  assert.ok(run);
  const found = runFindings(run, undefined, new TemplatePlaces('t.json', '', undefined));
  assert.equal(found.length, 10);
  assert.match(found.at(-1)?.message ?? '', /^12 more problems/);
});

test('the address of a VHD goes to later steps without its signature', () => {
  const output = {
    name: 'disk',
    type: 'VHD',
    state: 'Succeeded',
    artifactUri: 'https://x.blob/vhds/a.vhd?sig=secret',
  };
  const run = parseRun({ id: 'r', state: 'Succeeded', outputs: [output] });
  assert.ok(run);
  const result = resultOf({ subscriptionId: 's', resourceGroup: 'g', name: 'web' }, run);
  assert.equal(outputValues(result)['vhd-uri'], 'https://x.blob/vhds/a.vhd');
  assert.doesNotMatch(JSON.stringify([result, outputValues(result)]), /secret/);
});
