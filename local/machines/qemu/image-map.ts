import { command } from '../command.ts';
import { isObject } from './json-channel.ts';

/** One file of a chain of layers, the newest first. */
export type ChainFile = { readonly path: string; readonly format: string; readonly size: number };

/** A stretch of a disk and where it comes from. */
export type MapEntry = {
  readonly offset: number;
  readonly length: number;
  /** Which file of the chain decides, from 0; meaningless when `present` is false. */
  readonly depth: number;
  /** False: no layer has ever written here. */
  readonly present: boolean;
  readonly data: boolean;
  /** Where the bytes are in that file; undefined when they are compressed or encrypted there. */
  readonly at: number | undefined;
};

/** The files behind a disk, as the headers of the files tell it. */
export async function backingChain(file: string, format: string): Promise<ChainFile[]> {
  const text = await command('qemu-img', ['info', '--backing-chain', '--output=json', '-f', format, file]);
  return items(text, file).map((item) => ({
    path: String(item['filename']),
    format: String(item['format']),
    size: Number(item['virtual-size']),
  }));
}

/** What `qemu-img map` tells about a disk: https://www.qemu.org/docs/master/tools/qemu-img.html */
export async function imageMap(file: string, format: string): Promise<MapEntry[]> {
  const text = await command('qemu-img', ['map', '--output=json', '-f', format, file]);
  return items(text, file).map((item) => ({
    offset: Number(item['start']),
    length: Number(item['length']),
    depth: Number(item['depth']),
    present: item['present'] === true,
    data: item['data'] === true,
    at: typeof item['offset'] === 'number' ? item['offset'] : undefined,
  }));
}

function items(text: string, file: string): Readonly<Record<string, unknown>>[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error(`qemu-img cannot tell what is in ${file}`);
  return parsed.filter(isObject);
}
