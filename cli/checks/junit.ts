import type { Proof } from '../api/checks.ts';

/** A suite for each kind, as CI systems read it: https://github.com/testmoapp/junitxml */
export function junit(proofs: readonly Proof[], run: string): string {
  const kinds = [...new Set(proofs.map(({ kind }) => kind))];
  const suites = kinds.map((kind) =>
    suite(
      kind,
      proofs.filter((proof) => proof.kind === kind),
    ),
  );
  const body = [`<testsuites name="${escaped(`image of run ${run}`)}">`, ...suites, '</testsuites>'];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body.join('\n')}\n`;
}

function suite(kind: string, proofs: readonly Proof[]): string {
  const count = (result: string) => proofs.filter((proof) => proof.result === result).length;
  const counts = `tests="${proofs.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}"`;
  return [`  <testsuite name="${escaped(kind)}" ${counts}>`, ...proofs.map(testCase), '  </testsuite>'].join(
    '\n',
  );
}

function testCase({ kind, name, result, expected, found }: Proof): string {
  const head = `    <testcase classname="${escaped(`kiln.${kind}`)}" name="${escaped(name)}"`;
  if (result === 'failed') {
    const message = escaped(`expected: ${expected}; found: ${found}`);
    return `${head}><failure message="${message}">${message}</failure></testcase>`;
  }
  return result === 'skipped' ? `${head}><skipped message="${escaped(found)}"/></testcase>` : `${head}/>`;
}

/** What XML 1.0 cannot hold at all is left out: https://www.w3.org/TR/xml/#charsets */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, ' ');
}
