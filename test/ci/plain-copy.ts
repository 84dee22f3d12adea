import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../support/local-kiln.ts';

/**
 * What a runner downloads for `uses: kiln-project/kiln@v1`: the repository, nothing built, nothing installed. Only what
 * is not needed to see that is left out.
 */
export function plainCopy(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-action-'));
  for (const part of ['action.yml', 'package.json', 'cli', 'azure-pipelines'])
    cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A repository that has an image in it, as a checkout leaves it. */
export function workspace(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-workspace-'));
  mkdirSync(path.join(folder, 'images'));
  cpSync(path.join(ROOT, 'examples/debian-web'), path.join(folder, 'images/debian-web'), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
