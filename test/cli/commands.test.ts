import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { footerChecksum } from '../../cli/download/vhd-footer.ts';
import { withKiln, type Bench } from './command.ts';
import { failing, leavingOut, NOT_CARRIED_OUT, succeeding } from './scripts.ts';
import { RUN_ID, type Script } from './stand-in.ts';

/** The stand-in with a run in it that no command has started. */
function withRun(script: Script, test: (bench: Bench) => Promise<void>): Promise<void> {
  return withKiln(script, async (bench) => {
    bench.server.withRuns();
    await test(bench);
  });
}

const ended = (script: Script): Script => ({ stages: script.stages.slice(-1) });

test('runs lists the runs of every template', async () => {
  await withRun(ended(succeeding), async ({ kiln }) => {
    const { code, stdout } = await kiln(['runs']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^TEMPLATE\/RUN .*\nweb\/aaaaaaaa {2}Succeeded {2}2026-11-23T09:00:00Z {2}1 min 05 s {2}manual\n$/,
    );
  });
});

test('runs --json is one document', async () => {
  await withRun(ended(succeeding), async ({ kiln }) => {
    const { stdout } = await kiln(['runs', 'web', '--json']);
    const { value } = JSON.parse(stdout) as { value: { id: string; template: string }[] };
    assert.deepEqual(
      value.map(({ id, template }) => [id, template]),
      [[RUN_ID, 'web']],
    );
  });
});

test('runs --active --wait returns when the last run has ended and cleaned up', async () => {
  await withRun(succeeding, async ({ kiln, server }) => {
    const before = await kiln(['runs', '--active']);
    assert.match(before.stdout, /web\/aaaaaaaa {2}Running/);
    // Each look at the run itself moves the story on.
    const waiting = kiln(['runs', '--active', '--wait']);
    await kiln(['show', 'web']);
    await kiln(['show', 'web']);
    const { code, stdout, stderr } = await waiting;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'No run is active.\n');
    assert.ok(server.paths('GET').some((seen) => /\/runs\?/.test(seen)));
    const refused = await kiln(['runs', '--wait']);
    assert.equal(refused.code, 2);
  });
});

test('show finds a run by template, by template and beginning, and by beginning alone', async () => {
  await withRun(ended(failing), async ({ kiln }) => {
    for (const name of ['web', 'web/aaaa', 'aaaaaaaa']) {
      const { code, stdout, stderr } = await kiln(['show', name]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^web/${RUN_ID}\n {2}state {4}Failed\n`));
      assert.match(stdout, /✖ install +6\.0 s/);
      assert.match(stdout, /CustomizerFailed: .*\[\/properties\/customize\/0\]\nremedy: Read the log/);
    }
  });
});

test('show says what the template asked for and the image does not have', async () => {
  const told = `  Not carried out: ${NOT_CARRIED_OUT}\n`;
  await withRun(ended(leavingOut), async ({ kiln }) => {
    const { stdout, stderr } = await kiln(['show', 'web']);
    assert.ok(stdout.includes(told), stdout + stderr);
    const json = JSON.parse((await kiln(['show', 'web', '--json'])).stdout);
    assert.deepEqual(json.notCarriedOut, [NOT_CARRIED_OUT]);
  });
  await withRun(ended(succeeding), async ({ kiln }) =>
    assert.doesNotMatch((await kiln(['show', 'web'])).stdout, /Not carried out/),
  );
});

test('a run that is not there is refused with the command that lists them', async () => {
  await withRun(ended(failing), async ({ kiln }) => {
    const { code, stderr } = await kiln(['show', 'web/ffff']);
    assert.equal(code, 2);
    assert.match(stderr, /There is no run "web\/ffff"[\s\S]*kiln runs/);
  });
});

test('logs prints the output of every step, or of one', async () => {
  await withRun(ended(failing), async ({ kiln }) => {
    const all = await kiln(['logs']);
    assert.match(
      all.stdout,
      /==> 01-install\.stdout <==\nReading lists\n==> 01-install\.stderr <==\nE: Unable/,
    );
    const one = await kiln(['logs', 'web', '--step', 'install']);
    assert.equal(one.stdout, all.stdout);
    const none = await kiln(['logs', 'web', '--step', 'instal']);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /There is output of: install,/);
  });
});

test('logs -f goes on until the run ends and prints each line once', async () => {
  const [first, last] = [succeeding.stages[0]!, succeeding.stages.at(-1)!];
  const growing: Script = {
    stages: [
      { ...first, logs: { log: 'one\ntw' } },
      { ...first, logs: { log: 'one\ntwo\n' } },
      { ...last, logs: { log: 'one\ntwo\nthree' } },
    ],
  };
  await withRun(growing, async ({ kiln }) => {
    const { stdout } = await kiln(['logs', 'web', '-f']);
    assert.equal(stdout, '==> log <==\none\ntwo\nthree\n');
  });
});

test('a refusal of the service ends with 2, a service that is not there with 5', async () => {
  await withKiln(succeeding, async ({ kiln, server }) => {
    const refused = await kiln(['runs'], { env: { KILN_TOKEN: 'wrong' } });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /Unauthenticated: No valid token\./);
    // A port that was just free; the ports below 1024 are partly barred by fetch itself.
    const { url } = server;
    await server.close();
    const gone = await kiln(['cancel', 'web'], { env: { KILN_ENDPOINT: url } });
    assert.equal(gone.code, 5);
    assert.match(gone.stderr, /cannot be reached: ECONNREFUSED/);
  });
});

test('the token goes to the service and nowhere else', async () => {
  const vhd = fixedVhd(Buffer.alloc(1024 * 1024, 1));
  await withKiln({ ...succeeding, blob: vhd }, async ({ kiln, server }) => {
    await kiln(['download', 'web', 'vhd']);
    const blob = server.seen.filter((seen) => seen.path.startsWith('/blob'));
    assert.deepEqual(
      blob.map((seen) => seen.authorization),
      [undefined],
    );
  });
});

/** Disk content followed by a footer that Azure accepts. */
function fixedVhd(disk: Buffer): Buffer {
  const footer = Buffer.alloc(512);
  footer.write('conectix', 'latin1');
  footer.writeBigUInt64BE(BigInt(disk.length), 48);
  footer.writeUInt32BE(2, 60);
  footer.writeUInt32BE(footerChecksum(footer), 64);
  return Buffer.concat([disk, footer]);
}

test('download writes the same bytes with holes where there are zeros, over a broken connection too', async () => {
  const disk = Buffer.alloc(8 * 1024 * 1024);
  randomBytes(200_000).copy(disk, 3_000_000);
  const blob = fixedVhd(disk);
  await withKiln({ ...succeeding, blob, breakAfter: 3_100_001 }, async ({ kiln, folder, server }) => {
    const file = path.join(folder, 'image.vhd');
    const { code, stdout, stderr } = await kiln(['download', 'web', 'vhd', '-o', file]);
    assert.equal(code, 0, stderr);
    assert.ok((await readFile(file)).equals(blob));
    assert.ok((await stat(file)).blocks * 512 < 1024 * 1024, 'the file is sparse');
    assert.match(stdout, /fixed VHD, 8\.0 MiB disk/);
    assert.equal(server.seen.filter((seen) => seen.path.startsWith('/blob')).length, 2);
    assert.doesNotMatch(stdout + stderr, /do-not-print/);
  });
});

test('download refuses a file that Azure would refuse', async () => {
  const blob = fixedVhd(Buffer.alloc(1024 * 1024));
  blob.writeUInt32BE(3, blob.length - 512 + 60);
  await withKiln({ ...succeeding, blob }, async ({ kiln }) => {
    const { code, stderr } = await kiln(['download', 'web', 'vhd']);
    assert.equal(code, 1);
    assert.match(stderr, /the disk type is 3, not 2 \(fixed\)\n.*checksum/);
  });
});

test('wrong usage ends with 2', async () => {
  await withKiln(succeeding, async ({ kiln }) => {
    assert.equal((await kiln(['bild'])).code, 2);
    assert.equal((await kiln(['build'])).code, 2);
    assert.equal((await kiln(['--help'])).code, 0);
  });
});
