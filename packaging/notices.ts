import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const NOTICES = 'THIRD-PARTY-NOTICES.txt';

const HEAD = `Kiln contains code of the packages below, each under its own licence.
`;

/** The licence texts of the bundled packages, which MIT and its like ask to go where the code goes. Throws for one without. */
export function renderNotices(root: string, packages: readonly string[]): string {
  const parts = packages.map((name) => {
    const folder = path.join(root, 'node_modules', name);
    return `${'='.repeat(80)}\n${name}\n${'='.repeat(80)}\n\n${licenceOf(folder, name)}\n`;
  });
  return [HEAD, ...parts].join('\n');
}

/** The packages that the notices of a package name: folders below node_modules. */
export function packagesIn(app: string): string[] {
  const text = readFileSync(path.join(app, NOTICES), 'utf8');
  return [...text.matchAll(/^={80}\n(\S+)\n={80}$/gm)].flatMap(([, name]) => name ?? []);
}

function licenceOf(folder: string, name: string): string {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
  if (file !== undefined) return readFileSync(path.join(folder, file), 'utf8').trim();
  const manifest = readFileSync(path.join(folder, 'package.json'), 'utf8');
  const licence = /"license"\s*:\s*"([^"]+)"/.exec(manifest)?.[1];
  if (licence === undefined) throw new Error(`The bundled package ${name} has no licence; do not ship it.`);
  return `Licence: ${licence} (the package has no licence text of its own)`;
}
