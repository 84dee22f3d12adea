/** A template needs 8. What walks a body is recursive, and a body must not choose how deep. */
const DEPTH = 64;

/**
 * Objects, lists and their items in one body: what is done with a body takes time for each of them, not for its bytes. A
 * template of 200 steps with 200 lines each has fewer.
 */
const VALUES = 50_000;

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/**
 * What a text has too much of to be looked at as JSON; undefined for an ordinary one. Looks at each character once, in
 * whatever order they come: whether the brackets match and the strings end is for the parser to say.
 */
export function excessOf(text: string): string | undefined {
  let [depth, values, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
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

/** `[` and `{`. */
const isOpening = (code: number): boolean => code === 91 || code === 123;
/** `]` and `}`. */
const isClosing = (code: number): boolean => code === 93 || code === 125;
