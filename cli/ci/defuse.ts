/**
 * Pipelines obey commands that they read in a log: GitHub Actions takes `::` at the beginning of a line and `##[`
 * anywhere, Azure Pipelines takes `##vso[` anywhere. The output of a guest is in the same log, and it must not set
 * variables or hide secrets' masks. A space in the middle keeps it readable and makes it powerless.
 */
export function defuse(text: string): string {
  // The runner also trims what `\s` does not know, such as U+0085.
  return text.replaceAll(/##(?=(?:vso)?\[)/gi, '## ').replaceAll(/^([\s\p{C}]*):(?=:)/gmu, '$1: ');
}

/** The same for JSON, whose meaning must not change: a number sign may be written as an escape. */
export function defuseJson(json: string): string {
  return json.replaceAll(/##(?=(?:vso)?\[)/gi, '#\\u0023');
}
