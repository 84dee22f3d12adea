import { refuse } from '../errors.ts';

/**
 * Removes comments and trailing commas, keeping every line break, so that a syntax error is still reported at its own
 * line. Strings are copied as they are.
 */
export function toPlainJson(source: string): string {
  // Comments first: what they hold, brackets among it, must not decide about a comma before them.
  const bare = source.replaceAll(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, blankUnlessText);
  return bare.replaceAll(/"(?:\\.|[^"\\])*"|,(?=\s*[}\]])/g, blankUnlessText);
}

function blankUnlessText(token: string): string {
  return token.startsWith('"') ? token : token.replaceAll(/[^\n]/g, ' ');
}

/** Parses a template file. `relaxed` tells that it had comments or trailing commas, which the API would refuse. */
export function parseJsonc(source: string, file: string): { value: unknown; relaxed: boolean } {
  const plain = toPlainJson(source.replace(/^\uFEFF/, ''));
  try {
    const value: unknown = JSON.parse(plain);
    return { value, relaxed: plain.trim() !== source.replace(/^\uFEFF/, '').trim() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refuse(
      `${file} is not JSON: ${withLine(message, plain)}`,
      'Correct it there. Comments and trailing commas are allowed; look for a quote, comma or bracket that is missing.',
    );
  }
}

/** V8 names a character offset; people want a line. */
function withLine(message: string, content: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined || message.includes('(line')) return message;
  return `${message} (line ${content.slice(0, Number(position)).split('\n').length})`;
}
