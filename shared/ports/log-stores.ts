import type { RunId, TemplateRef } from '../model/template.ts';

/** Name of a step's log inside the run folder, and a URL (with SAS) that a VM may append to. The URL is a secret. */
export type LogTarget = { readonly name: string; readonly outputUrl: string; readonly errorUrl: string };

export type LogPart = { readonly at: number; readonly bytes: Uint8Array };
/** One log of a run and its size. */
export type LogInfo = { readonly name: string; readonly bytes: number };

/** What machines print. */
export interface LogStores {
  readonly logs: {
    /** Makes the two append blobs of a step, `<name>.out` and `<name>.err`, and a SAS (create + append + write, this blob only) for each. */
    target(ref: TemplateRef, id: RunId, name: string, validMinutes: number): Promise<LogTarget>;
    /** Bytes from `offset`, at most `limit` (1 MiB). Absent blobs read as empty. */
    read(ref: TemplateRef, id: RunId, name: string, offset: number, limit?: number): Promise<Uint8Array>;
    list(ref: TemplateRef, id: RunId): Promise<LogInfo[]>;
    /** The last bytes as they are: in what `read` and `list` show, the mark of a script's end is left out. */
    end(ref: TemplateRef, id: RunId, name: string, bytes: number): Promise<string>;
    append(ref: TemplateRef, id: RunId, name: string, bytes: Uint8Array): Promise<void>;
    /** Bytes that belong at this place of a log; of those that are there already none is written again. */
    place(ref: TemplateRef, id: RunId, name: string, part: LogPart): Promise<void>;
  };
}
