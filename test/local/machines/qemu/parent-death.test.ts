import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { probePrerequisites } from '../../../../local/images/prerequisites.ts';
import { createQemuRoom } from '../../../../local/machines/qemu/room.ts';
import { startTime, Traces } from '../../../../local/machines/qemu/traces.ts';

const { missing, remedy } = await probePrerequisites('machines');
const options = {
  skip: missing.length > 0 ? `${missing.join(', ')} missing: ${remedy}` : false,
  timeout: 20_000,
};

const folder = mkdtempSync(join(tmpdir(), 'kiln-parent-'));
after(() => rmSync(folder, { recursive: true }));

async function until<T>(what: string, probe: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function readNote(file: string): { pid: number; sockets: string } | undefined {
  if (!existsSync(file)) return undefined;
  const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return note as { pid: number; sockets: string };
}

test(
  'a machine dies with its parent even by SIGKILL, and the next start deletes what it left',
  options,
  async () => {
    const dataDir = join(folder, 'data');
    const script = fileURLToPath(new URL('./support/lonely-parent.ts', import.meta.url));
    const parent: ChildProcess = spawn(process.execPath, [script, dataDir], { stdio: 'inherit' });
    const note = await until('the machine runs', () => readNote(join(dataDir, 'machines', 'lonely.json')));
    await until('QEMU has its sockets', () => (existsSync(join(note.sockets, 'qmp')) ? true : undefined));
    assert.notEqual(startTime(note.pid), undefined);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until('QEMU is gone', () => (startTime(note.pid) === undefined ? true : undefined));
    assert.ok(existsSync(note.sockets));
    const room = await createQemuRoom({ dataDir, cacheDir: dataDir, log: () => {}, aptOptions: [] });
    assert.equal(existsSync(note.sockets), false);
    await room.close();
  },
);

test('a note about a process that has another start time is nobody to kill', options, async () => {
  const traces = new Traces(join(folder, 'traces'));
  const bystander = spawn('sleep', ['60']);
  traces.add('m', bystander.pid!, join(folder, 'kiln-none'));
  const file = join(folder, 'traces', 'm.json');
  const text = readFileSync(file, 'utf8').replace(/"started":"\d+"/, '"started":"1"');
  rmSync(file);
  writeFileSync(file, text);
  assert.equal(await traces.sweep(), 1);
  assert.notEqual(startTime(bystander.pid!), undefined);
  bystander.kill();
});
