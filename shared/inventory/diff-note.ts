import type { InventoryPort } from '../model/inventory.ts';
import type { InventoryDiff } from './diff.ts';
import type { PackageChange, PackageGroup } from './diff-packages.ts';

/** A side of a comparison in words: `web 1.0.4`. */
export type Compared = {
  readonly from: string;
  readonly to: string;
  /** What the two were made of, where it is not the same, in words. */
  readonly madeOf: readonly string[];
  readonly diff: InventoryDiff;
};

type Section = { readonly title: string; readonly lines: readonly string[] };

/** For terminals. */
export function diffText(compared: Compared): string {
  const parts = sections(compared).map(({ title, lines }) =>
    [title, ...lines.map((line) => `  ${line}`)].join('\n'),
  );
  return `${[headline(compared), ...parts].join('\n\n')}\n`;
}

/** For release notes. Names come from machines: as code they are shown and not obeyed. */
export function diffMarkdown(compared: Compared): string {
  const parts = sections(compared).map(({ title, lines }) =>
    [`### ${title}`, '', ...lines.map((line) => `- \`${line.replaceAll('`', "'")}\``)].join('\n'),
  );
  return `${[`## ${headline(compared).replaceAll(/[`<>[\]]/g, '')}`, ...parts].join('\n\n')}\n`;
}

function headline({ from, to, diff }: Compared): string {
  return `${from} → ${to}: ${countsInWords(diff.counts)}`;
}

export function countsInWords({ added, removed, changed }: InventoryDiff['counts']): string {
  if (added + removed + changed === 0) return 'the same packages';
  const count = added + removed + changed;
  return `${count} ${count === 1 ? 'package' : 'packages'} (${added} added, ${removed} removed, ${changed} changed)`;
}

function sections({ diff, madeOf }: Compared): Section[] {
  const { services, users, repositories, listening } = diff;
  const all: Section[] = [
    { title: 'Made of', lines: madeOf },
    { title: 'System', lines: systemLines(diff) },
    { title: 'Packages', lines: diff.packages.flatMap(groupLines) },
    {
      title: 'Services',
      lines: [
        ...services.added.map(({ name, state }) => `+ ${name} ${state}`),
        ...services.removed.map(({ name, state }) => `- ${name} ${state}`),
        ...services.changed.map(({ name, from, to }) => `~ ${name} ${from.state} → ${to.state}`),
      ],
    },
    {
      title: 'Listening ports',
      lines: [
        ...listening.opened.map((port) => `+ ${portText(port)}`),
        ...listening.closed.map((port) => `- ${portText(port)}`),
      ],
    },
    {
      title: 'Users',
      lines: [
        ...users.added.map(({ name, groups }) => `+ ${name} (${groups.join(', ')})`),
        ...users.removed.map(({ name }) => `- ${name}`),
        ...users.changed.map(({ name }) => `~ ${name}: its id, shell or groups are others`),
      ],
    },
    {
      title: 'Repositories',
      lines: [
        ...repositories.added.map((one) => `+ ${one}`),
        ...repositories.removed.map((one) => `- ${one}`),
      ],
    },
    { title: 'Not known', lines: diff.unknown ?? [] },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

function systemLines({ os, kernel, usedBytes }: InventoryDiff): string[] {
  const grown = usedBytes.to - usedBytes.from;
  const sign = grown < 0 ? '-' : '+';
  return [
    ...(os ? [`~ ${os.from} → ${os.to}`] : []),
    ...(kernel ? [`~ kernel ${kernel.from || 'unknown'} → ${kernel.to || 'unknown'}`] : []),
    ...(grown === 0
      ? []
      : [
          `~ disk ${mebibytes(usedBytes.from)} → ${mebibytes(usedBytes.to)} (${sign}${mebibytes(Math.abs(grown))})`,
        ]),
  ];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function portText({ protocol, address, port, process }: InventoryPort): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return [protocol, `${host}:${port}`, ...(process === undefined ? [] : [process])].join(' ');
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/** One line for all packages of a source that moved alike; one for each where they did not. */
function groupLines({ source, change, packages }: PackageGroup): string[] {
  const moves = new Set(packages.map(moveOf));
  const [move = ''] = moves;
  if (moves.size > 1) return packages.map((one) => `${signOf(one)} ${one.name} ${moveOf(one)}`);
  const names = [...new Set(packages.map(({ name }) => name))];
  const others = names.length === 1 && names[0] === source ? '' : ` (${names.join(', ')})`;
  return [`${SIGNS[change]} ${source} ${move}${others}`.replaceAll(/ +/g, ' ').trimEnd()];
}

function signOf({ from, to }: PackageChange): string {
  return SIGNS[from === undefined ? 'added' : to === undefined ? 'removed' : 'changed'];
}

function moveOf({ from, to }: PackageChange): string {
  return from !== undefined && to !== undefined ? `${from} → ${to}` : (from ?? to ?? '');
}
