import { RESERVED_TAGS } from '../build/tags.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { pointerTo } from './pointer.ts';
import type { JsonObject } from './schema/node.ts';

type Problem = { readonly at: string; readonly code: ErrorCode; readonly message: string };

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
const LIMITS = { tags: 50, name: 512, value: 256 } as const;

/**
 * What Azure would refuse when the build is nearly done. `marked`: for tags of what a run makes, which get those of Kiln
 * besides; two names that differ in case only are one tag for Azure.
 */
export function tagProblems({ marked }: { marked: boolean }, tags: JsonObject): Problem[] {
  const names = Object.keys(tags);
  const most = LIMITS.tags - (marked ? RESERVED_TAGS.length : 0);
  if (names.length > most) return [problem('', `${names.length} tags are too many. Write at most ${most}.`)];
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const reason = nameProblem(name, marked, seen) ?? valueProblem(tags[name]);
    seen.add(name.toLowerCase());
    return reason === undefined ? [] : [problem(pointerTo(name), `Tag "${name}" ${reason}`)];
  });
}

function nameProblem(name: string, marked: boolean, seen: ReadonlySet<string>): string | undefined {
  const plain = name.toLowerCase();
  if (name === '' || name.length > LIMITS.name || /[<>%&\\?/\p{Cc}]/u.test(name))
    return `cannot be a name. Write 1 to ${LIMITS.name} characters, none of them <, >, %, &, \\, ? or /.`;
  if (marked && isReserved(name)) return 'is set by Kiln, whose janitor goes by it. Choose another name.';
  return seen.has(plain) ? 'is there twice; case makes no difference. Keep one of them.' : undefined;
}

/** `createdBy` as it is spelled here is in templates of the real service: taken, and the value of Kiln stands. */
function isReserved(name: string): boolean {
  return name !== 'createdBy' && RESERVED_TAGS.some((own) => own.toLowerCase() === name.toLowerCase());
}

function valueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length <= LIMITS.value) return undefined;
  return `has a value of ${value.length} characters. Write at most ${LIMITS.value}.`;
}

function problem(at: string, message: string): Problem {
  return { at, code: 'InvalidValue', message };
}
