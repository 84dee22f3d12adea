/**
 * Times as the services write them: ticks of 100 ns without closing zeros, in compute with an offset, in ARM's own lists
 * with a `Z`. Clients that expect milliseconds break on them, here as there.
 */
export function computeTime(at = Date.now()): string {
  return `${seconds(at)}${ticks(at)}+00:00`;
}

export function armTime(at = Date.now()): string {
  return `${seconds(at)}${ticks(at)}Z`;
}

/** What the guest agent and its run commands report: whole seconds. */
export function agentTime(at = Date.now()): string {
  return `${seconds(at)}+00:00`;
}

function seconds(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/** A clock of milliseconds has no finer digits; they come from the monotonic one. */
function ticks(at: number): string {
  const milliseconds = String(at % 1000).padStart(3, '0');
  const rest = String((process.hrtime.bigint() / 100n) % 10_000n).padStart(4, '0');
  const digits = `${milliseconds}${rest}`.replace(/0+$/, '');
  return digits === '' ? '' : `.${digits}`;
}
