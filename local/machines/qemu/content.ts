import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { command } from '../command.ts';
import { type DiskContent, roundUpToMiB, type Stretch } from '../disk-content.ts';
import { backingChain, imageMap, type ChainFile, type MapEntry } from './image-map.ts';

/**
 * Opens the content of a disk without copying it: the bytes are read from the layers where they lie. `scratch` is a
 * free file name, used only when a layer is compressed, so that its bytes lie nowhere. `key` names content that stays.
 */
export async function openContent(
  file: { readonly path: string; readonly format: string },
  scratch: string,
  isFixed: boolean,
): Promise<DiskContent> {
  const [chain, map] = await Promise.all([
    backingChain(file.path, file.format),
    imageMap(file.path, file.format),
  ]);
  const [top] = chain;
  const bottom = chain.length > 1 ? chain.at(-1) : undefined;
  if (top === undefined) throw new Error(`qemu-img does not know ${file.path}`);
  const reader = await openReader(file, chain, map, scratch);
  const base = bottom && {
    key: await keyOf(bottom),
    open: () => openContent(bottom, `${scratch}.base`, true),
  };
  return {
    size: roundUpToMiB(top.size),
    key: isFixed ? await keyOf(top) : undefined,
    base,
    changes: changesOf(map, base === undefined ? undefined : chain.length - 1),
    ...reader,
  };
}

/** Changes of the file give another key, so that nothing is taken for a copy of it by mistake. */
async function keyOf({ path }: ChainFile): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path);
  return `${path} ${ino} ${size} ${mtimeMs}`;
}

/** Without a base whatever has data; above one whatever a layer before it has decided, zeros too. */
function changesOf(map: readonly MapEntry[], baseDepth: number | undefined): Stretch[] {
  return map
    .filter(({ data, present, depth }) => (baseDepth === undefined ? data : present && depth < baseDepth))
    .map(({ offset, length, data }) => ({ offset, length, zero: !data }));
}

type Reader = Pick<DiskContent, 'read' | 'close'>;

async function openReader(
  file: { readonly path: string; readonly format: string },
  chain: readonly ChainFile[],
  map: readonly MapEntry[],
  scratch: string,
): Promise<Reader> {
  if (map.every(({ data, at }) => !data || at !== undefined)) {
    const files = await openAll(chain.map(({ path }) => path));
    return readerOf(files, map, () => Promise.resolve());
  }
  await command('qemu-img', ['convert', '-f', file.format, '-O', 'raw', '-t', 'unsafe', file.path, scratch]);
  const flat = map.map((entry) => ({ ...entry, depth: 0, at: entry.offset }));
  return readerOf(await openAll([scratch]), flat, () => rm(scratch, { force: true }));
}

async function openAll(paths: readonly string[]): Promise<FileHandle[]> {
  const opened = await Promise.allSettled(paths.map((path) => open(path, 'r')));
  const failed = opened.find(({ status }) => status === 'rejected');
  const files = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (failed === undefined) return files;
  await Promise.all(files.map((handle) => handle.close()));
  throw failed.status === 'rejected' ? failed.reason : new Error('unreachable');
}

function readerOf(files: readonly FileHandle[], map: readonly MapEntry[], free: () => Promise<void>): Reader {
  const withData = map.filter(({ data }) => data);
  return {
    async read(offset, length) {
      const bytes = Buffer.alloc(length);
      const end = offset + length;
      for (const entry of withData) {
        const from = Math.max(offset, entry.offset);
        const to = Math.min(end, entry.offset + entry.length);
        const file = files[entry.depth];
        if (from >= to || file === undefined) continue;
        await file.read(bytes, from - offset, to - from, (entry.at ?? 0) + from - entry.offset);
      }
      return bytes;
    },
    async close() {
      await Promise.all(files.map((handle) => handle.close()));
      await free();
    },
  };
}
