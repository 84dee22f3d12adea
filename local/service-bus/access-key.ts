import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AccessKey } from './amqp/access.ts';

/** The key of this data folder: made once, so that connection strings stay valid over restarts. */
export function accessKey(folder: string): AccessKey {
  const file = path.join(folder, 'access-key');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, randomBytes(32).toString('base64'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return { name: 'RootManageSharedAccessKey', key: readFileSync(file, 'utf8') };
}
