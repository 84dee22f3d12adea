import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { sha256Of } from '../../../local/images/image-file.ts';

test('the checksum is that of the whole file, whatever its length is', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-sum-'));
  try {
    const file = path.join(folder, 'image');
    for (const length of [0, 5, 1024 * 1024, 2 * 1024 * 1024 + 7]) {
      const bytes = randomBytes(length);
      writeFileSync(file, bytes);
      assert.equal(await sha256Of(file), createHash('sha256').update(bytes).digest('hex'), `${length} bytes`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
