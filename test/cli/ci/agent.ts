// What the two pipelines do with what a tool writes, after their published sources and documentation.

/** How the GitHub runner reads a line: a command at its beginning, or `##[` anywhere. */
export function githubCommand(
  line: string,
): { name: string; properties: Record<string, string>; data: string } | undefined {
  const [, name, props = '', data] = /^\s*::([A-Za-z-]+)(?: ([^:]*))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined)
    return /##\[/.test(line) ? { name: 'legacy', properties: {}, data: line } : undefined;
  const unescape = (text: string): string =>
    text
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%3A', ':')
      .replaceAll('%2C', ',')
      .replaceAll('%25', '%');
  const unescapeData = (text: string): string =>
    text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
  const properties = Object.fromEntries(
    props
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [key = '', ...value] = pair.split('=');
        return [key.trim(), unescape(value.join('='))];
      }),
  );
  return { name, properties, data: unescapeData(data ?? '') };
}

/** How the agent of Azure Pipelines reads a line: `##vso[area.event k=v;…]data` anywhere in it. */
export function azureCommand(
  line: string,
): { name: string; properties: Record<string, string>; data: string } | undefined {
  const [, name, props = '', data = ''] = /##vso\[([a-z.]+) ?([^\]]*)\](.*)$/is.exec(line) ?? [];
  if (name === undefined) return undefined;
  const unescape = (text: string): string =>
    text
      .replaceAll('%3B', ';')
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%5D', ']')
      .replaceAll('%AZP25', '%');
  const properties = Object.fromEntries(
    props
      .split(';')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [key = '', ...value] = pair.split('=');
        return [key.trim(), unescape(value.join('='))];
      }),
  );
  return { name, properties, data: unescape(data) };
}

/** The outputs in a GITHUB_OUTPUT file. */
export function githubOutputs(content: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = content.split('\n');
  while (lines.length > 0) {
    const head = lines.shift() ?? '';
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(head) ?? [];
    if (name === undefined) continue;
    const end = lines.indexOf(delimiter ?? '');
    found[name] = lines.splice(0, end).join('\n');
    lines.shift();
  }
  return found;
}
