// A page as a script that does what the page says, block by block.
import { type Block, read, shellBlocks } from './blocks.ts';

const WITH_TESTS = 'PATH="$PWD/node_modules/.bin:$PATH" node --test --test-force-exit';

/** What no shell of this machine can do as it stands, and the test that does as much of it as can be done here. */
const BESIDES = new Map([
  ['docs/ci.md', `${WITH_TESTS} test/ci/examples.test.ts`],
  ['docs/deploy.md', `${WITH_TESTS} test/docs/deploy-words.test.ts`],
]);

/**
 * Local mode is in a terminal of its own: its job has a process group, which gets what Ctrl-C sends there. Ready is what a person sees on
 * its screen; what an earlier one has left running would look the same.
 */
export const PROLOGUE = `set -euo pipefail
start_local() {
  [ ! -f .kiln/local/endpoints.json ] || { echo 'another local mode is running in .kiln/local'; exit 1; }
  set -m; "$@" > local.out 2>&1 & LOCAL=$!; set +m
  for i in $(seq 600); do
    kill -0 $LOCAL 2>/dev/null || { cat local.out; exit 1; }
    [ ! -f .kiln/local/endpoints.json ] || return 0
    sleep 1
  done
  cat local.out; exit 1
}
stop_local() {
  kill -INT -- -$LOCAL; wait $LOCAL || true; tail -n 3 local.out; unset LOCAL
  [ ! -f .kiln/local/endpoints.json ] || { echo 'Ctrl-C did not end local mode'; exit 1; }
}
trap '[ -z "\${LOCAL:-}" ] || stop_local' EXIT
# docs/cli.md: how to get a plain \`kiln\`. The prefix keeps this machine as it is.
export npm_config_prefix="$PWD/.npm" PATH="$PWD/.npm/bin:$PATH"
`;

/** What a page takes for granted that is not the first. */
export const INSTALLED =
  '[ -d node_modules ] || npm ci\n[ -x .npm/bin/kiln ] || npm install --global . > /dev/null\n';

export type Way = {
  readonly script: string;
  /** Blocks of the page that the script runs, and the test beside them. */
  readonly runs: number;
  readonly skipped: readonly (readonly [at: string, why: string])[];
};

/** What starts local mode is in a terminal of its own there; here it runs beside the rest of its page. */
export function wayThrough(page: string): Way {
  const skipped: [string, string][] = [];
  const lines: string[] = [];
  let runs = 0;
  const add = (at: string, text: string): void => {
    runs += 1;
    lines.push(`echo "== ${at}"`, text, `echo "${at}" >> "$FOLLOWED"`);
  };
  for (const block of shellBlocks(page, read(page))) {
    const at = `${page}:${block.line}`;
    const why = notFollowed(block);
    if (why === undefined) add(at, block.text.split('\n').map(besides).join('\n'));
    else skipped.push([at, why]);
  }
  const test = BESIDES.get(page);
  if (test !== undefined) add(test.slice(WITH_TESTS.length + 1), test);
  return { script: lines.join('\n'), runs, skipped };
}

/** What no test runs is followed where its reason says so. */
const notFollowed = ({ notRun }: Block): string | undefined =>
  notRun?.includes('npm run docs:follow') === true ? undefined : notRun;

/** The same line, in the background where it holds a terminal. */
function besides(line: string): string {
  const [bare = ''] = line.split(' #');
  if (!/^(npm run kiln --|kiln) local( |$)/.test(bare)) return line;
  return `[ -z "\${LOCAL:-}" ] || stop_local\nstart_local ${bare.trim()}`;
}
