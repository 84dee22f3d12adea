/** A template needs 8. What walks a body is recursive, and a body must not choose how deep. */
const DEPTH = 64;

/**
 * Objects, lists and their items in one body: what is done with a body takes time for each of them, not for its bytes. A
 * template of 200 steps with 200 lines each has fewer.
 */
const VALUES = 50_000;

/** Characters that are looked at in one turn: a few milliseconds on a slow core. */
const TURN = 512 * 1024;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/**
 * What a text has too much of to be looked at as JSON; undefined for an ordinary one. Looks at each character once, in
 * whatever order they come: whether the brackets match and the strings end is for the parser to say. Other requests have
 * their turn between two parts of a long text.
 */
export async function excessOf(text: string): Promise<string | undefined> {
  let [depth, values, inString, until] = [0, 0, false, TURN];
  for (let at = 0; at < text.length; at += 1) {
    if (at >= until) {
      until += TURN;
      await others();
    }
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inString = false;
      continue;
    }
    if (code === QUOTE) inString = true;
    else if (code === COMMA) values += 1;
    else if (isOpening(code)) [depth, values] = [depth + 1, values + 1];
    else if (isClosing(code)) depth -= 1;
    if (depth > DEPTH) return `it is nested deeper than ${DEPTH} levels`;
    if (values > VALUES) return `it has more than ${VALUES} values`;
  }
  return undefined;
}

/** Lets other requests have their turn between two looks at a body, each of which takes milliseconds for a large one. */
export function others(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `[` and `{`. */
const isOpening = (code: number): boolean => code === 91 || code === 123;
/** `]` and `}`. */
const isClosing = (code: number): boolean => code === 93 || code === 125;
