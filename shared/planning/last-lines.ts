/** The end of an output, for a message. */
export function lastLines(tail: string, most = 10): string {
  const lines = tail.trimEnd().split('\n').slice(-most).join('\n');
  return lines === '' ? 'It printed nothing.' : `Its last output:\n${lines}`;
}
