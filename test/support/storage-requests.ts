import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Counts what the processes of a local mode ask of storage: start it with `env`. */
export class StorageRequests {
  private readonly file = path.join(mkdtempSync(path.join(tmpdir(), 'kiln-storage-')), 'requests');

  get env(): Record<string, string> {
    const preload = path.join(import.meta.dirname, 'note-storage.ts');
    return { NODE_OPTIONS: `--import ${preload}`, KILN_NOTE_STORAGE: this.file };
  }

  /** Everything so far whose line contains a text, `GET /account/container/name?query`. */
  about(text: string): string[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').trimEnd().split('\n');
    return lines.filter((line) => line.includes(text));
  }

  remove(): void {
    rmSync(path.dirname(this.file), { recursive: true, force: true });
  }
}
