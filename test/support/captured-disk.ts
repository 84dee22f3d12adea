import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, existsSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The file that holds the disk of an image or version of the local cloud: what the machine has left, and nothing of Kiln's. */
export function diskFileOf(folder: string, resourceId: string): string {
  const cloud = path.join(folder, 'cloud');
  const resources = new DatabaseSync(path.join(cloud, 'cloud.sqlite'), { readOnly: true });
  const row = resources.prepare('SELECT state FROM resources WHERE lower(id) = lower(?)').get(resourceId);
  resources.close();
  const { disk } = JSON.parse(String(row?.['state']));
  const qemu = path.join(cloud, 'qemu');
  // The cloud holds its catalogue of disks alone for as long as it lives.
  const copy = mkdtempSync(path.join(folder, 'catalogue-'));
  for (const name of ['disks.db', 'disks.db-wal'])
    if (existsSync(path.join(qemu, name))) copyFileSync(path.join(qemu, name), path.join(copy, name));
  const catalogue = new DatabaseSync(path.join(copy, 'disks.db'));
  const layer = catalogue
    .prepare('SELECT path FROM layers JOIN disks ON disks.layer = layers.id WHERE disks.id = ?')
    .get(disk);
  catalogue.close();
  return String(layer?.['path']);
}

export function qemuImg(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('qemu-img', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`qemu-img ${args[0]}: ${stderr}`);
  return stdout;
}

/** Bytes that are not known to be zeros, and in how many pieces they lie, by QEMU's own account. */
export function dataOf(file: string): { bytes: number; pieces: number } {
  const map: { length: number; data: boolean; zero: boolean }[] = JSON.parse(
    qemuImg('map', '-U', '--output=json', file),
  );
  const data = map.filter((piece) => piece.data && !piece.zero);
  return { bytes: data.reduce((sum, { length }) => sum + length, 0), pieces: data.length };
}

/** Of the first bytes of a file. */
export async function sha256Of(file: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: bytes - 1, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
