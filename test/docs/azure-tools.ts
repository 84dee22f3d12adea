// Stands in for `az`, `azd` and what else a guide calls on the way to Azure: `node azure-tools.ts NAME ARGUMENTS…`. It writes down what it was
// asked, answers as the real ones do as far as a guide reads the answer, and refuses what they would refuse for coming too early.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Where it writes, one JSON array of words a line. */
const LOG = process.env['ASKED'] ?? '';
const GUID = '11111111-2222-4333-8444-555555555555';

const asked: string[][] = existsSync(LOG)
  ? readFileSync(LOG, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];
const words = process.argv.slice(2);
const said = (text: string): boolean => words.join(' ').startsWith(text);
const was = (text: string): boolean => asked.some((one) => one.join(' ').startsWith(text));
const after = (flag: string, of: readonly string[] = words): string | undefined =>
  of.includes(flag) ? of[of.indexOf(flag) + 1] : undefined;

/** https://learn.microsoft.com/azure/developer/azure-developer-cli/reference */
function azd(): string {
  if (said('azd auth login') || said('azd env new')) return '';
  if (!was('azd env new')) refuse('no environment exists; run `azd env new`');
  if (said('azd up') || said('azd provision')) return up();
  if (!said('azd env get-value')) return '';
  const name = words[3] ?? '';
  const set = asked.findLast((one) => one.join(' ').startsWith(`azd env set ${name} `));
  if (set !== undefined) return set[4] ?? '';
  if (!was('azd up')) refuse(`key '${name}' not found in the environment values`);
  return name === 'KILN_API' ? 'https://func-kiln.example' : GUID;
}

/** A module at the scope of a group that is not there ends the deployment with ResourceGroupNotFound. */
function up(): string {
  if (!was('az login') || !was('azd auth login')) refuse('not logged in, run `azd auth login`');
  const groups = asked
    .filter((one) => /^KILN_(IMAGE|STAGING)_GROUPS$/.test(one[3] ?? ''))
    .flatMap((one) => (one[4] ?? '').split(','));
  for (const id of groups) if (!isMade(id)) refuse(`ResourceGroupNotFound: ${id}`);
  return '';
}

function isMade(id: string): boolean {
  const [, , subscription, , name] = id.split('/');
  return asked.some(
    (one) =>
      one.join(' ').startsWith('az group create ') &&
      after('--name', one) === name &&
      after('--subscription', one) === subscription,
  );
}

/** https://learn.microsoft.com/cli/azure/reference-index */
function az(): string {
  const body = after('--body');
  if (body !== undefined) JSON.parse(body);
  const file = words.find((word) => word.startsWith('@'));
  if (file !== undefined) JSON.parse(readFileSync(file.slice(1), 'utf8'));
  if (words[1] !== 'login' && !was('az login')) refuse("Please run 'az login' to setup account.");
  return after('--output') === 'tsv' ? GUID : '';
}

function refuse(why: string): never {
  console.error(`ERROR: ${words.join(' ')}: ${why}`);
  process.exit(1);
}

const tools: Readonly<Record<string, () => string>> = { az, azd };
const answer = tools[words[0] ?? '']?.() ?? '';
appendFileSync(LOG, `${JSON.stringify(words)}\n`);
if (answer !== '') console.log(answer);
