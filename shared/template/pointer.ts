/** One step of a JSON pointer (RFC 6901): `/key`, escaped. */
export function pointerTo(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The key that a step names, without its slash. */
export function keyOf(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
