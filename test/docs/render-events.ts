import { EVENT_SCHEMAS } from '../../shared/messaging/event-schemas.ts';

type Node = { description?: string; type?: string; enum?: readonly string[]; const?: string };

/** docs/event-types.md */
export function renderEvents(): string {
  const sections = Object.entries(EVENT_SCHEMAS).map(([type, { when, data }]) => {
    const required = new Set((data['required'] ?? []) as string[]);
    const rows = Object.entries(data['properties'] as Record<string, Node>).map(
      ([name, node]) =>
        `| \`${name}\` | ${kind(node)} | ${required.has(name) ? 'always' : 'when known'} | ${node.description ?? ''} |`,
    );
    return [
      `## ${type}`,
      '',
      when,
      '',
      '| data | type | present | meaning |',
      '|---|---|---|---|',
      ...rows,
      '',
    ];
  });
  return [
    '# Event types',
    '',
    'Every event that Kiln sends, and what is in its `data`. Generated from `shared/messaging/event-schemas.ts`; do not edit.',
    'How events are delivered: [events.md](events.md).',
    '',
    ...sections.flat(),
  ].join('\n');
}

function kind({ type, enum: values, const: value }: Node): string {
  if (value !== undefined) return `\`${value}\``;
  return values === undefined ? (type ?? 'any') : values.map((one) => `\`${one}\``).join(', ');
}
