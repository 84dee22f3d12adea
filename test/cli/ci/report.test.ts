import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { withKiln, type Bench } from '../command.ts';
import { endless, failing, partial, succeeding } from '../scripts.ts';
import { RUN_ID, type Script } from '../stand-in.ts';
import { azureCommand, githubCommand, githubOutputs } from './agent.ts';

const TEMPLATE = `{
  // golden
  "location": "westeurope",
  "properties": {
    "customize": [
      { "type": "Shell", "name": "install", "inline": ["apt-get install ngins"] },
      { "type": "Shell", "name": "other", "inline": ["true"] },
    ],
    "distribute": [{ "type": "SharedImage", "runOutputName": "gallery" }]
  }
}
`;

type Pipeline = Bench & { github: Record<string, string>; azure: Record<string, string>; file: string };

/** A checkout with the template in a folder, and the environment of both pipelines. */
function inPipeline(script: Script, body: (pipeline: Pipeline) => Promise<void>): Promise<void> {
  return withKiln(script, async (bench) => {
    const file = path.join(bench.folder, 'web.json');
    writeFileSync(file, TEMPLATE);
    const github = {
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: path.join(bench.folder, 'output'),
      GITHUB_STEP_SUMMARY: path.join(bench.folder, 'summary.md'),
      GITHUB_WORKSPACE: path.dirname(bench.folder),
    };
    const azure = {
      TF_BUILD: 'True',
      AGENT_TEMPDIRECTORY: bench.folder,
      BUILD_SOURCESDIRECTORY: bench.folder,
    };
    await body({ ...bench, github, azure, file });
  });
}

const githubCommands = (text: string) => text.split('\n').flatMap((line) => githubCommand(line) ?? []);
const azureCommands = (text: string) => text.split('\n').flatMap((line) => azureCommand(line) ?? []);

test('on GitHub a failing step is annotated at its line of the template, with the end of its output', async () => {
  await inPipeline(failing, async ({ kiln, github, folder }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env: github });
    assert.equal(code, 1, stderr);
    const [error, ...more] = githubCommands(stderr);
    assert.deepEqual(more, []);
    assert.equal(error?.name, 'error');
    assert.deepEqual(error?.properties, {
      file: `${path.basename(folder)}/web.json`,
      line: '6',
      title: 'Kiln: install',
    });
    assert.match(
      error?.data ?? '',
      /^CustomizerFailed: Customizer "install" ended with exit code 100\.\nRead the log/,
    );
    assert.match(error?.data ?? '', /E: Unable to locate package ngins$/);
    const outputs = githubOutputs(readFileSync(github['GITHUB_OUTPUT'] ?? '', 'utf8'));
    assert.equal(outputs['state'], 'Failed');
    assert.equal(outputs['image-id'], '');
    const summary = readFileSync(github['GITHUB_STEP_SUMMARY'] ?? '', 'utf8');
    assert.match(summary, /^### Kiln: web – Failed in 9\.0 s\n/);
    assert.match(summary, /\*\*CustomizerFailed\*\*/);
    assert.match(summary, /```text\n(.*\n)*E: Unable to locate package ngins\n```/);
    assert.match(summary, /\| &emsp;install \| ❌ failed \| 6\.0 s \|/);
  });
});

test('on GitHub a good run has no annotation, a summary with its images, and outputs', async () => {
  await inPipeline(succeeding, async ({ kiln, github }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env: github });
    assert.equal(code, 0, stderr);
    assert.deepEqual(githubCommands(stderr), []);
    const outputs = githubOutputs(readFileSync(github['GITHUB_OUTPUT'] ?? '', 'utf8'));
    assert.equal(outputs['run-id'], RUN_ID);
    assert.equal(outputs['image-id'], '/subscriptions/s/galleries/goldens/images/web/versions/1.0.0');
    assert.equal(outputs['image-version'], '1.0.0');
    const [image] = JSON.parse(outputs['images'] ?? '') as { regions: unknown[] }[];
    assert.deepEqual(image?.regions, [{ region: 'westeurope', state: 'Completed' }]);
    const summary = readFileSync(github['GITHUB_STEP_SUMMARY'] ?? '', 'utf8');
    assert.match(summary, /\| gallery \| SharedImage \| Succeeded \| `1\.0\.0` \| westeurope Completed \|/);
    assert.match(summary, /\| clean up \| ✅ \| 4\.0 s \|/);
  });
});

test('on Azure Pipelines the same goes out as logging commands', async () => {
  await inPipeline(failing, async ({ kiln, azure }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env: azure });
    assert.equal(code, 1);
    const commands = azureCommands(stderr);
    const issue = commands.find(({ name }) => name === 'task.logissue');
    assert.deepEqual(issue?.properties, {
      type: 'error',
      sourcepath: 'web.json',
      linenumber: '6',
      columnnumber: '1',
    });
    const variables = commands.filter(({ name }) => name === 'task.setvariable');
    assert.deepEqual(
      variables
        .map(({ properties, data }) => [properties['variable'], properties['isOutput'], data])
        .slice(0, 2),
      [
        ['state', 'true', 'Failed'],
        ['runId', 'true', RUN_ID],
      ],
    );
    const summary = commands.find(({ name }) => name === 'task.uploadsummary')?.data ?? '';
    assert.match(readFileSync(summary, 'utf8'), /^### Kiln: web – Failed/);
  });
});

test('each problem of a refused template is annotated at its own line', async () => {
  const details = [
    { code: 'MissingValue', target: '/properties/source', message: 'is required' },
    { code: 'InvalidValue', target: '/properties/customize/1/inline', message: 'must be\nsomething else' },
  ];
  const body = { error: { code: 'ValidationFailed', message: 'The template has 2 problems.', details } };
  await inPipeline({ ...succeeding, refusal: { status: 400, body } }, async ({ kiln, github }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env: github });
    assert.equal(code, 2);
    assert.deepEqual(
      githubCommands(stderr).map(({ properties, data }) => [properties['line'], data]),
      [
        [undefined, 'ValidationFailed: The template has 2 problems.'],
        ['4', 'MissingValue: is required'],
        ['7', 'InvalidValue: must be\nsomething else'],
      ],
    );
    assert.match(readFileSync(github['GITHUB_STEP_SUMMARY'] ?? '', 'utf8'), /– no result[\s\S]*InvalidValue/);
  });
});

test('a service that nobody can reach is annotated too', async () => {
  await inPipeline(succeeding, async ({ kiln, github }) => {
    const env = { ...github, KILN_ENDPOINT: 'http://127.0.0.1:1' };
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env });
    assert.equal(code, 5);
    assert.match(githubCommands(stderr)[0]?.data ?? '', /cannot be reached/);
  });
});

test('the output of a guest cannot speak to the pipeline', async () => {
  const evil = '::set-env name=PATH::/tmp\n##vso[task.setvariable variable=x]y\n##[add-mask]z\n';
  const stages = failing.stages.map((stage) => ({ ...stage, logs: { '01-install.stdout': evil } }));
  for (const pipeline of ['github', 'azure'] as const)
    await inPipeline({ stages }, async (bench) => {
      const { stderr } = await bench.kiln(['build', 'web.json', '--follow'], { env: bench[pipeline] });
      const names = [...githubCommands(stderr), ...azureCommands(stderr)].map(({ name }) => name);
      const ours = ['error', 'task.logissue', 'task.setvariable', 'task.uploadsummary'];
      assert.deepEqual(
        names.filter((name) => !ours.includes(name)),
        [],
      );
      assert.deepEqual(
        azureCommands(stderr).filter(({ properties }) => properties['variable'] === 'x'),
        [],
      );
      assert.match(stderr, /install \| ## vso\[task/);
      const logs = await bench.kiln(['logs', '--json'], { env: bench[pipeline] });
      assert.deepEqual([...githubCommands(logs.stdout), ...azureCommands(logs.stdout)], []);
      assert.equal(
        (JSON.parse(logs.stdout.split('\n')[1] ?? '') as { text: string }).text,
        evil.split('\n')[1],
      );
    });
});

test('a region that did not get the image is an annotation at its target', async () => {
  const error = { code: 'ReplicationFailed', message: 'No room.' };
  const [stage] = partial.stages;
  const [output] = stage!.run['outputs'] as Record<string, unknown>[];
  const regions = [{ region: 'northeurope', state: 'Failed', seconds: 3, error }];
  const run = { ...stage?.run, outputs: [{ ...output, regions }] };
  await inPipeline({ stages: [{ ...stage, run }] }, async ({ kiln, github }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait'], { env: github });
    assert.equal(code, 3);
    assert.deepEqual(githubCommands(stderr)[0]?.properties['title'], 'Kiln: gallery in northeurope');
    assert.equal(githubCommands(stderr)[0]?.properties['line'], '9');
  });
});

test('in any other CI, files that are asked for get the result and the summary', async () => {
  await inPipeline(succeeding, async ({ kiln, folder }) => {
    const args = ['build', 'web.json', '--wait', '--outputs', 'out.json', '--summary', 'sum.md'];
    const { code, stderr } = await kiln(args, { env: { CI: 'true' } });
    assert.equal(code, 0, stderr);
    const result = JSON.parse(readFileSync(path.join(folder, 'out.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(result['state'], 'Succeeded');
    assert.equal(result['seconds'], 65);
    assert.match(readFileSync(path.join(folder, 'sum.md'), 'utf8'), /Succeeded in 1 min 05 s/);
    assert.deepEqual(readdirSync(folder).sort(), ['out.json', 'sum.md', 'web.json']);
  });
});

test('a report that cannot be written names the file', async () => {
  await inPipeline(succeeding, async ({ kiln }) => {
    const { code, stderr } = await kiln(['build', 'web.json', '--wait', '--outputs', 'no/such/folder.json']);
    assert.equal(code, 2);
    assert.match(stderr, /The report cannot be written: .*no\/such\/folder\.json/);
  });
});

test('a canceled pipeline cancels the run at its first signal', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    await inPipeline(endless, async ({ kiln, server, github }) => {
      let sent = false;
      const { code, stderr } = await kiln(['build', 'web.json', '--wait'], {
        env: github,
        onOutput: (text, child) => {
          if (!sent && text.includes('install started')) sent = child.kill(signal);
        },
      });
      assert.equal(code, 4, stderr);
      assert.match(stderr, /The pipeline is being canceled: canceling the run/);
      assert.equal(server.paths('POST').filter((seen) => seen.includes('/cancel')).length, 1);
      assert.equal(githubOutputs(readFileSync(github['GITHUB_OUTPUT'] ?? '', 'utf8'))['state'], 'Canceled');
    });
});
