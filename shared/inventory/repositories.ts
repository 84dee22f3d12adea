import { fieldsOf, type Line } from './listing.ts';

/** Where packages come from, a line each, as their own files say it: one form for both of Debian's. */
export function repositoriesOf(lines: readonly Line[]): string[] {
  const texts = (word: string) => fieldsOf(lines, word).map(([text = '']) => text);
  return [
    ...texts('apt').map((text) => text.replace(/\s*\[[^\]]*\]/, '').replaceAll(/\s+/g, ' ')),
    ...stanzas(texts('deb822')).flatMap(deb822),
    ...yum(texts('yum')),
  ];
}

/** Fields of each stanza; a line that is indented goes on with the field above. */
function stanzas(lines: readonly string[]): ReadonlyMap<string, string>[] {
  const found: Map<string, string>[] = [new Map<string, string>()];
  for (const line of lines) {
    const [, field, value = ''] = /^([A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
    if (line === '') found.push(new Map<string, string>());
    else if (field !== undefined) found.at(-1)?.set(field.toLowerCase(), value.trim());
  }
  return found;
}

/** https://manpages.debian.org/sources.list.5 */
function deb822(fields: ReadonlyMap<string, string>): string[] {
  const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
  if (fields.get('enabled') === 'no' || !words('types').includes('deb')) return [];
  const components = words('components')
    .map((one) => ` ${one}`)
    .join('');
  return words('uris').flatMap((uri) => words('suites').map((suite) => `deb ${uri} ${suite}${components}`));
}

/** `<name> <address>` of what is enabled, which a repository is unless it says otherwise. */
function yum(lines: readonly string[]): string[] {
  const found: { name: string; address: string; enabled: boolean }[] = [];
  for (const line of lines) {
    const section = /^\[(.+)\]$/.exec(line)?.[1];
    if (section !== undefined) found.push({ name: section, address: '', enabled: true });
    const [, field, value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    const one = found.at(-1);
    if (one === undefined || field === undefined) continue;
    if (field === 'enabled') one.enabled = value !== '0' && value.toLowerCase() !== 'false';
    else one.address = one.address === '' ? value : one.address;
  }
  return found.flatMap(({ name, address, enabled }) => (enabled ? [`${name} ${address}`.trim()] : []));
}
