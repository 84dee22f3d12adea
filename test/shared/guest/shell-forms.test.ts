// The forms in which people write Shell scripts and name places: what Packer runs runs here.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { prepareLinux, waitWithin } from '../../../shared/guest/prepare.ts';
import { notesIn } from '../../../shared/guest/proof.ts';
import { type GuestScript, NO_VALUES } from '../../../shared/guest/script.ts';
import { fileScript, inlineScript, installFile } from '../../../shared/guest/shell.ts';
import { unixText } from '../../../shared/guest/unix-text.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-forms-'));
after(() => rmSync(folder, { recursive: true }));

function run(script: GuestScript): { status: number | null; stdout: string; stderr: string } {
  const file = path.join(folder, 'script');
  writeFileSync(file, script.text, { mode: 0o700 });
  const env = { PATH: process.env['PATH'], ...script.environment, TMPDIR: folder, ...script.secrets };
  return spawnSync(file, { env: { ...env, KILN_FOLDER: folder }, encoding: 'utf8' });
}

test('line ends of Windows become those of Unix, with a note, in files and in inline lines', () => {
  const file = fileScript(Buffer.from('#!/bin/sh\r\nset -eu\r\necho one\r\n'), 'web');
  assert.deepEqual([run(file).status, run(file).stdout], [0, 'one\n']);
  assert.match(file.notes?.join() ?? '', /CRLF.*LF.*Packer/);
  assert.equal(run(inlineScript(['echo two\r', 'exit 3\r'], 'web')).status, 3);
  assert.equal(fileScript(Buffer.from('#!/bin/sh\necho one\n'), 'web').notes, undefined);
});

test('a byte order mark does not hide the first line', () => {
  const script = fileScript(
    Buffer.from('\uFEFF#!/bin/bash\nset -o pipefail\necho "bash $BASH_VERSION"\n'),
    'web',
  );
  assert.match(run(script).stdout, /^bash \d/);
  assert.match(script.notes?.join() ?? '', /byte order mark/);
});

test('a script that names no interpreter runs under bash, as a login shell would start it', () => {
  const { status, stdout, stderr } = run(
    fileScript(Buffer.from('files=(a b c)\necho "${#files[@]}"\n'), 'web'),
  );
  assert.deepEqual([status, stdout], [0, '3\n'], stderr);
});

test('conversion changes line ends and the mark alone, and nothing that is no text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'grapheme' }), (bytes, text) => {
      const binary = Buffer.concat([bytes, Buffer.from([0, 13, 10])]);
      assert.deepEqual(Buffer.from(unixText(binary).bytes), binary);
      const clean = Buffer.from(unixText(Buffer.from(`\uFEFF${text}\r\n`)).bytes).toString();
      assert.equal(clean, `${text}\r\n`.replaceAll('\r\n', '\n'));
    }),
  );
});

test('a file onto a folder gets its own name there, or is an error; never another name', () => {
  const bytes = Buffer.from('content');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const target = path.join(folder, 'existing');
  mkdirSync(path.join(target, 'taken'), { recursive: true });
  const named = run(installFile(bytes, sha256, target, { sourceName: 'app.conf' }));
  assert.equal(named.stdout, `Installed ${target}/app.conf (7 bytes).\n`);
  assert.equal(readFileSync(path.join(target, 'app.conf'), 'utf8'), 'content');
  for (const values of [{}, { sourceName: 'taken' }]) {
    const refused = run(installFile(bytes, sha256, target, values));
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /is a folder.*Name the file/);
  }
});

const root = userInfo().uid === 0 ? false : 'only root can run a script as somebody else';
test(
  'runAs runs a script as that account, with its secrets redacted, and an unknown account is told',
  { skip: root },
  () => {
    const values = { ...NO_VALUES, secrets: { TOKEN: 'p@ssword' }, runAs: 'nobody', arguments: ["it's"] };
    const tell = Buffer.from('#!/bin/sh\necho "$(id -un) $USER $1 $TOKEN"\n');
    rmSync(path.join(folder, 'as'), { recursive: true, force: true });
    const open = spawnSync('chmod', ['711', folder]);
    assert.equal(open.status, 0);
    const { status, stdout, stderr } = run(fileScript(tell, 'web', values));
    assert.deepEqual([status, stdout], [0, "nobody nobody it's [redacted]\n"], stderr);
    const unknown = run(fileScript(tell, 'web', { ...NO_VALUES, runAs: 'who-is-this' }));
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /no account who-is-this.*earlier step/);
  },
);

const python =
  spawnSync('python3', ['--version']).status === 0 ? false : 'python3 holds the lock of this test';
test(
  'the first step waits for a lock of the package manager, within its bound, and says so',
  { skip: python },
  async () => {
    const [lock, script] = [path.join(folder, 'lock-frontend'), path.join(folder, 'Deprovision.sh')];
    const hold = `import fcntl,time; f=open('${lock}','w'); fcntl.lockf(f,fcntl.LOCK_EX); print('held',flush=True); time.sleep(4)`;
    const prepare = (seconds: number) =>
      prepareLinux({ waitSeconds: seconds })
        .replaceAll('/var/lib/dpkg/lock-frontend', lock)
        .replaceAll('/tmp/DeprovisioningScript.sh', script)
        .replaceAll('command -v cloud-init', 'false');
    const holder = spawn('python3', ['-c', hold], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const impatient = spawnSync('sh', ['-euc', prepare(1)], { encoding: 'utf8' });
    assert.match(notesIn(impatient.stdout).join(), /had not ended after [12] seconds/, impatient.stderr);
    const patient = spawnSync('sh', ['-euc', prepare(60)], { encoding: 'utf8' });
    assert.match(
      notesIn(patient.stdout).join(),
      /The first step waited \d seconds for whoever held the locks/,
    );
    assert.match(
      readFileSync(script, 'utf8'),
      /WAAGENT -force -deprovision\+user && export HISTSIZE=0 && sync/,
    );
    assert.deepEqual([waitWithin(14_400), waitWithin(30)], [300, 15]);
  },
);
