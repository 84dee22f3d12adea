import type { Faulty, Rule } from './faulty.ts';
import type { Fate, Seen } from './proxy.ts';

export type Verdict = 'succeeds' | 'fails clean' | 'is canceled';

/** One kind of fault, put at the kth request that it is for. */
export type FaultClass = {
  readonly name: string;
  /** What it is, for the table. */
  readonly what: string;
  readonly expected: Verdict;
  /** Codes of which one has to be in the error of a run that did not succeed. */
  readonly causes?: readonly string[];
  /** Where the requests are counted: at the door of Azure or at that of the storage. */
  readonly door: 'arm' | 'blobs' | 'commit';
  readonly isMet: (request: Seen) => boolean;
  readonly fate: (faulty: Faulty) => Fate;
  /** Put again after so many requests more, to the end of the build. */
  readonly again?: number;
  /** What it does cannot be told apart from what other builds do: one build at a time. */
  readonly alone?: boolean;
  /** Seconds after which a build hangs. */
  readonly patience?: number;
};

const error = (status: number, code: string, message: string): Fate => ({
  answer: {
    status,
    body: JSON.stringify({ error: { code, message } }),
    ...(status === 429 && { headers: { 'retry-after': '1' } }),
  },
});
const isWrite = ({ method }: Seen): boolean => method === 'PUT' || method === 'POST' || method === 'DELETE';
const isAny = (): boolean => true;
/** A resource in the group of the run, not the group itself. */
const isStaged = ({ method, path }: Seen): boolean =>
  method === 'PUT' && /\/resourcegroups\/IT_[^/]+\/providers\//i.test(path);
const isDocument = ({ path }: Seen): boolean => path.includes('/kiln/');

const passing = { expected: 'succeeds', door: 'arm', isMet: isAny } as const;
const writes = { ...passing, isMet: isWrite };
const fatal = { expected: 'fails clean', door: 'arm', isMet: isAny } as const;
const stored = { expected: 'succeeds', door: 'blobs' } as const;
const storedWrite = { ...stored, isMet: (seen: Seen) => isDocument(seen) && isWrite(seen) };
const storedRead = { ...stored, isMet: (seen: Seen) => isDocument(seen) && seen.method === 'GET' };
const kill =
  (when: 'before' | 'after') =>
  (faulty: Faulty): Fate => ({ act: () => faulty.world.kill(), when });

export const CLASSES: readonly FaultClass[] = [
  { name: '429', what: 'Retry-After 1', ...passing, fate: () => error(429, 'TooManyRequests', 'Slow down.') },
  {
    name: '500',
    what: 'an HTML page',
    ...passing,
    fate: () => ({ answer: { status: 500, body: '<html>' } }),
  },
  { name: '503', what: '', ...passing, fate: () => error(503, 'ServiceUnavailable', 'Later.') },
  {
    name: '409',
    what: 'a write while busy',
    ...writes,
    fate: () => error(409, 'Conflict', 'Another operation is in progress.'),
  },
  { name: 'reset-before', what: 'no request arrives', ...passing, fate: () => ({ reset: 'before' }) },
  { name: 'reset-after', what: 'done, but the answer is lost', ...passing, fate: () => ({ reset: 'after' }) },
  {
    name: '404-put',
    what: 'ResourceGroupNotFound for what was just made',
    ...passing,
    isMet: isStaged,
    fate: () => error(404, 'ResourceGroupNotFound', "Resource group 'IT' could not be found."),
  },
  {
    name: '403',
    what: 'a right is missing',
    ...fatal,
    causes: ['AzureDenied'],
    fate: () => error(403, 'AuthorizationFailed', 'The client does not have authorization.'),
  },
  {
    name: '404-get',
    what: 'something is not found once',
    ...fatal,
    isMet: ({ method }) => method === 'GET',
    causes: ['AzureNotFound', 'SourceNotFound', 'TargetNotFound', 'CaptureFailed', 'RegionFailed'],
    fate: () => error(404, 'ResourceNotFound', 'The Resource was not found.'),
  },
  {
    name: 'op-failed',
    what: 'an operation is accepted and fails',
    ...fatal,
    isMet: isWrite,
    causes: ['AzureInterrupted', 'AzureRefused'],
    fate: () => ({ failOperation: 'InternalExecutionError' }),
  },
  {
    name: 'cancel',
    what: 'at a request to Azure',
    ...passing,
    expected: 'is canceled',
    fate: (faulty) => ({ act: () => faulty.cancel(), when: 'before' }),
  },
  {
    name: 'delete',
    what: 'of the template, at a request to Azure',
    ...passing,
    expected: 'is canceled',
    fate: (faulty) => ({ act: () => faulty.remove(), when: 'before' }),
  },
  { name: 'kill-arm', what: 'SIGKILL of the host when Azure has answered', ...passing, fate: kill('after') },
  {
    name: 'kill-worker',
    what: 'SIGKILL of the worker at every 32nd request to Azure',
    ...passing,
    again: 32,
    alone: true,
    // Each death is seen within a minute.
    patience: 400,
    fate: (faulty) => ({ act: () => faulty.world.killWorker(), when: 'before' }),
  },
  {
    name: 'kill-blob-before',
    what: 'SIGKILL of the host before a write to storage',
    ...storedWrite,
    fate: kill('before'),
  },
  {
    name: 'kill-blob-after',
    what: 'SIGKILL of the host after a write to storage',
    ...storedWrite,
    fate: kill('after'),
  },
  {
    name: 'kill-commit',
    what: 'SIGKILL of the host at a durable commit',
    ...stored,
    door: 'commit',
    alone: true,
    isMet: isAny,
    fate: () => ({}),
  },
  { name: 'blob-503', what: 'write', ...storedWrite, fate: () => ({ answer: { status: 503, body: '' } }) },
  { name: 'blob-500', what: 'write', ...storedWrite, fate: () => ({ answer: { status: 500, body: '' } }) },
  { name: 'blob-reset-before', what: 'write', ...storedWrite, fate: () => ({ reset: 'before' }) },
  {
    name: 'blob-reset-after',
    what: 'write, the answer is lost',
    ...storedWrite,
    fate: () => ({ reset: 'after' }),
  },
  { name: 'blob-read-reset', what: 'read', ...storedRead, fate: () => ({ reset: 'before' }) },
  { name: 'blob-read-503', what: 'read', ...storedRead, fate: () => ({ answer: { status: 503, body: '' } }) },
];

/** Spoils the kth request of those that the class is for. */
export function at(
  k: number,
  found: FaultClass,
  faulty: Faulty,
): { rule: Rule; met: () => Seen | undefined } {
  let count = 0;
  let met: Seen | undefined;
  const rule: Rule = (request) => {
    if (!found.isMet(request)) return undefined;
    count += 1;
    const isAgain = found.again !== undefined && count > k && (count - k) % found.again === 0;
    if (count !== k && !isAgain) return undefined;
    met ??= request;
    return found.fate(faulty);
  };
  return { rule, met: () => met };
}
