import { show } from './show.ts';
import { suggest } from './suggest.ts';

/**
 * What a criterion may be about. Windows reads names without case.
 * https://learn.microsoft.com/windows/win32/api/wuapi/nf-wuapi-iupdatesearcher-search
 */
const PROPERTIES = [
  ...['Type', 'DeploymentAction', 'IsAssigned', 'AutoSelectOnWebSites', 'BrowseOnly', 'UpdateID'],
  ...['RevisionNumber', 'CategoryIDs', 'IsInstalled', 'IsHidden', 'IsPresent', 'RebootRequired'],
];
const GRAMMAR =
  "Write criteria such as IsInstalled=0 and Type='Software', joined by and or or, texts in single quotes";

const TOKEN = /\s*(?:(?<bracket>[()])|(?<operator>!=|=)|(?<text>'[^']*')|(?<word>[A-Za-z]\w*|-?\d+|\*))/y;

type Token = { readonly kind: 'bracket' | 'operator' | 'text' | 'word'; readonly text: string };

/** What the Windows Update Agent would refuse in the machine, hours later; undefined: nothing is known against it. */
export function searchProblem(criteria: string): string | undefined {
  const tokens = tokensOf(criteria);
  if (typeof tokens === 'string') return `${show(tokens)} cannot be read there. ${GRAMMAR}.`;
  let depth = 0;
  let expected: 'criterion' | 'joint' = 'criterion';
  for (let index = 0; index < tokens.length; index += 1) {
    const text = tokens[index]?.text.toLowerCase() ?? '';
    if (expected === 'criterion' && text === '(') depth += 1;
    else if (expected === 'criterion') {
      const found = criterionProblem(tokens.slice(index, index + 3));
      if (found !== undefined) return found;
      index += 2;
      expected = 'joint';
    } else if (text === ')' && depth > 0) depth -= 1;
    else if (text === 'and' || text === 'or') expected = 'criterion';
    else return `${show(tokens[index]?.text ?? '')} stands where "and", "or" or the end belongs. ${GRAMMAR}.`;
  }
  if (expected === 'criterion') return `It ends where a criterion belongs. ${GRAMMAR}.`;
  return depth > 0 ? 'A bracket is not closed. Add ")".' : undefined;
}

/** The tokens, or what is left where none can be read. */
function tokensOf(criteria: string): Token[] | string {
  const tokens: Token[] = [];
  const end = criteria.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(criteria);
    if (match === null) return criteria.slice(at, end).trimStart();
    at = TOKEN.lastIndex;
    for (const kind of ['bracket', 'operator', 'text', 'word'] as const) {
      const text = match.groups?.[kind];
      if (text !== undefined) tokens.push({ kind, text });
    }
  }
  return tokens;
}

function criterionProblem([name, operator, value]: readonly Token[]): string | undefined {
  if (name?.kind !== 'word' || !/^[a-z]/i.test(name.text))
    return `${show(name?.text ?? '')} stands where the name of a property belongs. ${GRAMMAR}.`;
  // A name that the page does not have may be one of a newer Windows; one that nearly is another is a slip.
  const isKnown = PROPERTIES.some((known) => known.toLowerCase() === name.text.toLowerCase());
  const near = isKnown ? undefined : suggest(name.text, PROPERTIES);
  if (near !== undefined)
    return `${show(name.text)} is not a property of an update. Did you mean ${show(near)}?`;
  const isOperator = operator?.kind === 'operator' || operator?.text.toLowerCase() === 'contains';
  if (!isOperator) return `After ${show(name.text)} comes =, != or contains. ${GRAMMAR}.`;
  if (value?.kind === 'text' || (value?.kind === 'word' && /^(?:-?\d+|\*)$/.test(value.text)))
    return undefined;
  return `The value of ${show(name.text)} is neither a number nor a text in single quotes. ${GRAMMAR}.`;
}

/**
 * What a filter can be known to get wrong without PowerShell. One without any colon passes: Azure's own examples have such,
 * and an agent that ran one has always installed nothing for it.
 */
export function filterProblem(filter: string): string | undefined {
  const [, kind, expression = ''] = /^\s*(\w+)\s*:(.*)$/s.exec(filter) ?? [];
  if (kind === undefined) return bracketProblem(filter);
  if (!['include', 'exclude'].includes(kind.toLowerCase())) {
    const near = suggest(kind, ['include', 'exclude']);
    const advice = near === undefined ? '' : ` Did you mean ${show(near)}?`;
    return `${show(kind)} is neither "include" nor "exclude".${advice} Write for example exclude:$_.Title -like '*Preview*'.`;
  }
  if (expression.trim() === '') return 'There is no expression after the colon. For all updates write $true.';
  return bracketProblem(expression);
}

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };

/** Quotes and brackets of a PowerShell expression, where they do not fit together whatever else it says. */
function bracketProblem(expression: string): string | undefined {
  // Here-strings and comments have rules of their own: those are left to PowerShell.
  if (/@['"]|#/.test(expression)) return undefined;
  // A quote is doubled within its own kind, or follows a backtick in double ones.
  const bare = expression.replaceAll(/'(?:[^']|'')*'|"(?:[^"`]|""|`.)*"|`./gs, ' ');
  if (/['"]/.test(bare))
    return 'A quotation mark has no second one. PowerShell could not read the expression.';
  const open: string[] = [];
  for (const character of bare) {
    const closes = CLOSES[character];
    if (closes !== undefined) open.push(closes);
    else if (')}]'.includes(character) && open.pop() !== character)
      return `${show(character)} closes nothing. PowerShell could not read the expression.`;
  }
  const missing = open.pop();
  return missing === undefined
    ? undefined
    : `${show(missing)} is missing. PowerShell could not read the expression.`;
}
