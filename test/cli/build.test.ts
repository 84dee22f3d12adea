import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { withKiln } from './command.ts';
import {
  early,
  endless,
  failing,
  leavingOut,
  NOT_CARRIED_OUT,
  partial,
  spreading,
  succeeding,
} from './scripts.ts';
import { RUN_ID, SUBSCRIPTION } from './stand-in.ts';

const minimal = { location: 'westeurope', properties: { customize: [], distribute: [] } };

async function writeTemplate(folder: string, template: unknown = minimal): Promise<string> {
  const file = path.join(folder, 'web.json');
  await writeFile(file, typeof template === 'string' ? template : JSON.stringify(template));
  return file;
}

test('a build that is waited for prints each event once, the outputs, and ends with 0', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    const { code, stdout, stderr } = await kiln(['build', await writeTemplate(folder), '--wait']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /09:00:00Z {2}resolve started\n09:00:01Z {2}resolve succeeded in 1\.5 s\n/);
    assert.equal(stderr.match(/customize > install started/g)?.length, 1);
    assert.match(stderr, /customize > install succeeded in 38\.0 s/);
    assert.match(stderr, new RegExp(`Run web/${RUN_ID}: Succeeded in 1 min 05 s`));
    assert.match(stdout, /Succeeded {2}gallery \(SharedImage\).*versions\/1\.0\.0\n {6}westeurope 12 s/);
    assert.ok(server.seen.every((seen) => seen.path.includes('api-version=2026-11-01')));
  });
});

test('--no-cache asks for a run without checkpoints, and no other build does', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    const file = await writeTemplate(folder);
    await kiln(['build', file]);
    await kiln(['build', file, '--no-cache']);
    const asked = server.seen.filter(({ path }) => /\/run\?/.test(path)).map(({ path }) => path);
    assert.deepEqual(
      asked.map((one) => /noCache=(\w+)/.exec(one)?.[1]),
      [undefined, 'true'],
    );
  });
});

test('a build that ended before it had made anything is over, also when nobody says so of its clean-up', async () => {
  await withKiln(early, async ({ kiln, folder }) => {
    const started = Date.now();
    const { code } = await kiln(['build', await writeTemplate(folder), '--wait']);
    assert.equal(code, 1);
    assert.ok(Date.now() - started < 60_000, 'it does not wait for a clean-up that never comes');
  });
});

test('a build that is waited for until it is usable ends with 0 when a region has the image, and says where', async () => {
  await withKiln(spreading, async ({ kiln, folder }) => {
    const until = ['--wait', '--until', 'usable'];
    const { code, stderr } = await kiln(['build', await writeTemplate(folder), ...until]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Can be used: gallery in westeurope\.\nRun web\/\S+ goes on\./);
    assert.equal((await kiln(['build', await writeTemplate(folder), '--until', 'soon'])).code, 2);
  });
});

test('a build says at its end what the template asked for and the image does not have', async () => {
  await withKiln(leavingOut, async ({ kiln, folder }) => {
    const { stderr } = await kiln(['build', await writeTemplate(folder), '--wait']);
    assert.ok(stderr.includes(`  Not carried out: ${NOT_CARRIED_OUT}\n`), stderr);
  });
});

test('a build without --wait starts the run and tells how to go on', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    const { code, stdout } = await kiln(['build', await writeTemplate(folder), '--json']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { runId: string }).runId, RUN_ID);
    assert.deepEqual(
      server.paths('POST').map((seen) => seen.split('?')[0]?.split('/').at(-1)),
      ['run'],
    );
  });
});

test('--follow prints the output of the steps, whole lines only', async () => {
  await withKiln(succeeding, async ({ kiln, folder }) => {
    const { stderr } = await kiln(['build', await writeTemplate(folder), '--follow']);
    assert.match(stderr, /\ninstall \| Reading lists\ninstall \| naïve – ünïcode line\n/);
  });
});

test('--wait --json prints the run document on stdout and nothing else there', async () => {
  await withKiln(succeeding, async ({ kiln, folder }) => {
    const { stdout } = await kiln(['build', await writeTemplate(folder), '--wait', '--json']);
    const run = JSON.parse(stdout) as { state: string; outputs: unknown[] };
    assert.equal(run.state, 'Succeeded');
    assert.equal(run.outputs.length, 1);
  });
});

test('local files are uploaded by digest, once, and replaced; URLs stay', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    await mkdir(path.join(folder, 'scripts'));
    await writeFile(path.join(folder, 'scripts/harden.sh'), 'echo hard\n');
    const file = await writeTemplate(folder, {
      ...minimal,
      properties: {
        customize: [
          { type: 'Shell', name: 'a', scriptUri: './scripts/harden.sh' },
          { type: 'File', name: 'b', sourceUri: 'scripts/harden.sh', destination: '/tmp/x' },
          { type: 'Shell', name: 'c', scriptUri: 'https://example.com/c.sh' },
        ],
        validate: { inVMValidations: [{ type: 'Shell', scriptUri: './scripts/harden.sh' }] },
        distribute: [],
      },
    });
    const { code, stderr } = await kiln(['build', file]);
    assert.equal(code, 0, stderr);
    assert.equal(server.artifacts.size, 1);
    const [digest] = server.artifacts.keys();
    const uri = `kiln-artifact://sha256/${digest}`;
    const properties = server.template?.['properties'] as { customize: object[]; validate: object };
    assert.deepEqual(properties.customize, [
      { type: 'Shell', name: 'a', scriptUri: uri },
      { type: 'File', name: 'b', sourceUri: uri, destination: '/tmp/x' },
      { type: 'Shell', name: 'c', scriptUri: 'https://example.com/c.sh' },
    ]);
    assert.deepEqual(properties.validate, { inVMValidations: [{ type: 'Shell', scriptUri: uri }] });
    assert.equal(server.paths('PUT').filter((seen) => seen.includes('/artifacts/')).length, 1);
  });
});

test('every missing file is named with its pointer before anything is sent', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    const customize = [
      { type: 'Shell', scriptUri: './no.sh' },
      { type: 'File', sourceUri: 'none.txt' },
    ];
    const file = await writeTemplate(folder, { properties: { customize } });
    const { code, stderr } = await kiln(['build', file]);
    assert.equal(code, 2);
    assert.match(stderr, /\/properties\/customize\/0\/scriptUri {2}there is no readable file .*no\.sh/);
    assert.match(stderr, /\/properties\/customize\/1\/sourceUri/);
    assert.equal(server.seen.length, 0);
  });
});

test('the name in the file is the name of the template and stays out of the body', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    await kiln(['build', await writeTemplate(folder, { name: 'golden', ...minimal })]);
    const [put] = server.paths('PUT');
    assert.match(
      put ?? '',
      new RegExp(`^/subscriptions/${SUBSCRIPTION}/resourceGroups/images/.*/imageTemplates/golden\\?`),
    );
    assert.equal('name' in (server.template ?? {}), false);
  });
});

test('a refused template prints the code and every pointer, and ends with 2', async () => {
  const details = [{ code: 'ValidationFailed', target: '/properties/source', message: 'is required' }];
  const message = 'The template has 1 problem. /properties/source: is required';
  const error = { code: 'ValidationFailed', message, details };
  await withKiln(
    { ...succeeding, refusal: { status: 400, body: { error } } },
    async ({ kiln, folder, server }) => {
      const { code, stderr } = await kiln(['build', await writeTemplate(folder), '--wait']);
      assert.equal(code, 2);
      assert.match(stderr, /ValidationFailed: The template has 1 problem\.$/m);
      assert.match(stderr, /\/properties\/source {2}ValidationFailed: is required/);
      assert.deepEqual(server.paths('POST'), []);
    },
  );
});

test('a failing run shows the end of the step, the code, the remedy, and ends with 1', async () => {
  await withKiln(failing, async ({ kiln, folder }) => {
    const { code, stderr } = await kiln(['build', await writeTemplate(folder), '--wait']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /Last lines of customize > install:\n( {2}\| .*\n)* {2}\| E: Unable to locate package ngins\n/,
    );
    assert.match(stderr, /error {2}CustomizerFailed: Customizer "install" ended with exit code 100\./);
    assert.match(stderr, /remedy Read the log of the step\./);
    assert.doesNotMatch(stderr, /::error/);
  });
});

test('a run that reached only some targets ends with 3', async () => {
  await withKiln(partial, async ({ kiln, folder }) => {
    const { code, stderr } = await kiln(['build', await writeTemplate(folder), '--wait']);
    assert.equal(code, 3, stderr);
  });
});

test('one Ctrl-C leaves the run alone and tells how to go on', async () => {
  await withKiln(endless, async ({ kiln, folder, server }) => {
    let presses = 0;
    const { code, stderr } = await kiln(['build', await writeTemplate(folder), '--wait'], {
      onOutput: (text, child) => {
        if (text.includes('install started') && (presses += 1) === 1) child.kill('SIGINT');
      },
    });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /kiln cancel web/);
    assert.match(stderr, /goes on/);
    assert.equal(
      server.paths('POST').some((seen) => seen.includes('/cancel')),
      false,
    );
  });
});

test('a second Ctrl-C cancels the run, shows its end, and ends with 4', async () => {
  await withKiln(endless, async ({ kiln, folder, server }) => {
    let presses = 0;
    const { code, stderr } = await kiln(['build', await writeTemplate(folder), '--wait'], {
      onOutput: (text, child) => {
        const isTime = presses === 0 ? text.includes('install started') : text.includes('Press Ctrl-C again');
        if (presses < 2 && isTime) {
          presses += 1;
          child.kill('SIGINT');
        }
      },
    });
    assert.equal(code, 4, stderr);
    assert.equal(server.paths('POST').filter((seen) => seen.includes('/cancel')).length, 1);
  });
});

test('comments in a template are taken out and it is said so', async () => {
  await withKiln(succeeding, async ({ kiln, folder, server }) => {
    const source = '{\n  // golden\n  "location": "http://x", /* y */ "properties": { "customize": [],  }\n}';
    const { code, stderr } = await kiln(['build', await writeTemplate(folder, source)]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /has comments or trailing commas/);
    assert.equal(server.template?.['location'], 'http://x');
  });
});

test('a template that is no JSON is refused with the line of the mistake', async () => {
  await withKiln(succeeding, async ({ kiln, folder }) => {
    const { code, stderr } = await kiln(['build', await writeTemplate(folder, '{\n  "a": 1\n  "b": 2\n}')]);
    assert.equal(code, 2);
    assert.match(stderr, /is not JSON: .*line 3/);
  });
});
