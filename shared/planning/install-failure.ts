import type { ErrorCode } from '../errors/codes.ts';
import type { Failure } from '../errors/failure.ts';
import { ISO_EXIT } from '../guest/iso/common.ts';

type Outcome = {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly killed?: true;
  readonly tail: string;
};

const CODES: Readonly<Record<number, ErrorCode>> = {
  [ISO_EXIT.download]: 'DownloadFailed',
  [ISO_EXIT.checksum]: 'ChecksumMismatch',
  [ISO_EXIT.medium]: 'SourceNotUsable',
};

/** What went wrong on the helper VM of an ISO. Its scripts end with a sentence that says it. */
export function installFailure(part: string, { exitCode, timedOut, killed, tail }: Outcome): Failure {
  const lines = tail.trimEnd().split('\n');
  const target = '/properties/source';
  if (timedOut) {
    const message = `The helper VM did not end ${part} in time. Its last output:\n${lines.slice(-10).join('\n')}`;
    return { code: 'InstallFailed', message, target };
  }
  const code = CODES[exitCode];
  if (code !== undefined) return { code, message: lines.slice(-3).join('\n'), target };
  const how = killed === true ? 'by a signal before it was done' : `with exit code ${exitCode}`;
  const message = `The helper VM ended ${part} ${how}. Its last output:\n${lines.slice(-10).join('\n')}`;
  return { code: 'InstallFailed', message, target };
}
