import type { Run, TemplateHead } from '../store/documents.ts';

/** A head after one of its runs ended: what was built, and how many failures there are in a row. */
export function counted(
  head: TemplateHead,
  { id, state, endTime, startTime, fingerprint }: Run,
): TemplateHead {
  const at = endTime ?? startTime;
  if (state === 'Failed') return { ...head, failures: (head.failures ?? 0) + 1 };
  if (state === 'Canceled') return head;
  const built = fingerprint === undefined ? head.built : { runId: id, at, fingerprint };
  // What only some regions have is built, so that it is not built again and again; it is no proof of health.
  const next = state === 'Succeeded' ? encouraged(head) : head;
  return { ...next, ...(built && { built }) };
}

/** A head that may be refreshed again: its failures are forgotten. */
export function encouraged<Head extends Pick<TemplateHead, 'failures' | 'refreshDisabled'>>(
  head: Head,
): Omit<Head, 'failures' | 'refreshDisabled'> {
  const { failures: _failures, refreshDisabled: _disabled, ...rest } = head;
  return rest;
}
