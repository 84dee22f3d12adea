/** As many as an image has, and as Debian gives to each account that its own tools make: subuid(5). */
const WANTED = 65_536;
/** Where Debian begins: login.defs(5). */
const FIRST = 100_000;

export type Account = { readonly name: string; readonly uid: number };

/**
 * The command that gives an account the ids for the owners of unpacked files, without which no user namespace can hold them;
 * undefined when it has them. `subuid` and `subgid`: what is in these files.
 */
export function grantFor(
  { name, uid }: Account,
  { subuid, subgid }: { readonly subuid: string; readonly subgid: string },
): string | undefined {
  const [users, groups] = [rangesIn(subuid), rangesIn(subgid)];
  const isGiven = (ranges: readonly Range[]): boolean =>
    ranges.some(({ owner, count }) => [name, String(uid)].includes(owner) && count >= WANTED);
  const give = (kind: string, ranges: readonly Range[]): string[] => {
    if (isGiven(ranges)) return [];
    const first = Math.max(FIRST, ...ranges.map(({ start, count }) => start + count));
    return [`--add-sub${kind}s ${first}-${first + WANTED - 1}`];
  };
  const options = [...give('uid', users), ...give('gid', groups)];
  return options.length === 0 ? undefined : `sudo usermod ${options.join(' ')} ${name}`;
}

type Range = { readonly owner: string; readonly start: number; readonly count: number };

function rangesIn(text: string): Range[] {
  return text.split('\n').flatMap((line) => {
    const [owner = '', start = '', count = ''] = line.trim().split(':');
    const range = { owner, start: Number(start), count: Number(count) };
    return /^\d+$/.test(start) && /^\d+$/.test(count) ? [range] : [];
  });
}
