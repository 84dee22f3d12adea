import type { Section } from '../routes.ts';

const HEAD = `# What the local cloud knows

Every route of \`local/azure\`, made from its router by \`node local/azure/coverage/main.ts\`. A test keeps this file current.
Anything else is answered with 501 \`NotSupportedByLocalCloud\` and named in the log. Paths match without case; HEAD works wherever GET does.
`;

/** The coverage page, a table for each service. */
export function renderCoverage(sections: readonly Section[]): string {
  const count = sections.reduce((sum, { routes }) => sum + routes.length, 0);
  const tables = sections.map(({ title, routes }) => {
    const rows = routes.map(({ method, path, operation }) => `| ${method} | \`${path}\` | ${operation} |`);
    return [`## ${title}`, '', '| method | path | operation |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return [HEAD, `${count} routes.\n`, ...tables].join('\n');
}
