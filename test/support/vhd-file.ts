import { type FileHandle, open } from 'node:fs/promises';
import { checkVhdFile } from '../../cli/download/vhd-footer.ts';
import { type DiskContent, spansOf } from '../../local/machines/disk-content.ts';
import { FOOTER_BYTES, writeFooter } from '../../local/machines/vhd-footer.ts';

const LIMITS = { gap: 0, longest: 4 * 1024 * 1024 };

/** Writes a disk as a sparse fixed VHD, its base first, then its changes: as storage does it, in a file. Closes it. */
export async function exportVhd(content: DiskContent, file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.truncate(content.size + FOOTER_BYTES);
    const base = await content.base?.open();
    if (base !== undefined) await writeChanges(base, handle);
    await writeChanges(content, handle);
    const footer = writeFooter({
      size: content.size,
      uniqueId: '00010203-0405-4607-8809-0a0b0c0d0e0f',
      createdAt: Date.now(),
    });
    await handle.write(footer, 0, FOOTER_BYTES, content.size);
  } finally {
    await handle.close();
  }
  const verdict = await checkVhdFile(file);
  if (!verdict.ok) throw new Error(verdict.problems.join('; '));
}

async function writeChanges(content: DiskContent, handle: FileHandle): Promise<void> {
  for (const { offset, length, zero } of spansOf(content.changes, LIMITS)) {
    const bytes = zero ? Buffer.alloc(length) : await content.read(offset, length);
    await handle.write(bytes, 0, length, offset);
  }
  await content.close();
}
