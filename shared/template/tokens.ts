import type { Failure } from '../errors/failure.ts';
import { pointerTo } from './pointer.ts';

/** Angle brackets are ordinary text in scripts, commands, expressions and tags. */
const FREE_TEXT = new Set([
  'inline',
  'arguments',
  'environment',
  'runIf',
  'restartCommand',
  'restartCheckCommand',
  'searchCriteria',
  'filters',
  'tags',
  'artifactTags',
  'managedResourceTags',
]);

const TOKEN = /<[A-Za-z][A-Za-z0-9_ -]*>/;

/** Placeholders of sample templates that nobody replaced, in values and in the keys of maps. */
export function unfilledTokens(value: unknown, pointer = ''): Failure[] {
  if (typeof value === 'string') return inText(value, pointer);
  if (Array.isArray(value))
    return value.flatMap((item, index) => unfilledTokens(item, `${pointer}/${index}`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    if (FREE_TEXT.has(key)) return [];
    const target = `${pointer}${pointerTo(key)}`;
    return [...inText(key, target), ...unfilledTokens(field, target)];
  });
}

function inText(text: string, target: string): Failure[] {
  const [token] = TOKEN.exec(text) ?? [];
  if (token === undefined) return [];
  return [
    {
      code: 'UnfilledToken',
      target,
      message: `The placeholder ${token} was not replaced. Write your value.`,
    },
  ];
}
