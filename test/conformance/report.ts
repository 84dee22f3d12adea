// `npm run conformance`: Kiln against the official descriptions, examples and public templates, as a table. official.test.ts asserts the
// same numbers. The answers need the storage emulator; nothing else is started.
import { startAzurite } from '../support/azurite.ts';
import { Api, startIssuer } from '../support/api.ts';
import { type Checked, checkAnswers } from './official/answers.ts';
import { judgeExamples, judgeTemplates, OFFICIAL, type Verdict } from './official/compare.ts';
import { compare, type Comparison } from './official/differences.ts';
import { skipReason } from './official/swagger.ts';

async function report(): Promise<boolean> {
  const examples = judgeExamples();
  const { verdicts, unreadable } = judgeTemplates();
  const answers = await allAnswers();
  console.log('api-version          examples  templates  answers  problems');
  for (const version of OFFICIAL) {
    const checked = answers.find((one) => one.version === version);
    const cells = [
      version.padEnd(20),
      share(examples, version).padStart(8),
      share(verdicts, version).padStart(10),
      String(checked?.answers ?? 0).padStart(8),
      String(checked?.problems.length ?? 0).padStart(9),
    ];
    console.log(cells.join(' '));
  }
  console.log(
    '\nexamples, templates: same verdict as the official description, of all bodies. answers: compared with it.',
  );
  console.log(`${unreadable.length} of the public templates is no JSON in any reading.`);
  const compared = [compare(examples), compare(verdicts)];
  for (const one of compared) tellDifferences(one);
  for (const { problems } of answers) for (const problem of problems) console.log(`PROBLEM ${problem}`);
  const isClean = compared.every(({ unexplained }) => unexplained.length === 0);
  return isClean && answers.every(({ problems }) => problems.length === 0);
}

function share(verdicts: readonly Verdict[], version: string): string {
  const own = verdicts.filter((verdict) => verdict.version === version);
  return own.length === 0 ? '-' : `${compare(own).agree}/${own.length}`;
}

function tellDifferences({ differences, unexplained }: Comparison): void {
  for (const [reason, count] of Object.entries(differences))
    console.log(`${String(count).padStart(3)}  ${reason}`);
  for (const verdict of unexplained) console.log(`UNEXPLAINED ${JSON.stringify(verdict)}`);
}

async function allAnswers(): Promise<Checked[]> {
  const [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
  try {
    const checked: Checked[] = [];
    for (const version of OFFICIAL)
      checked.push(await checkAnswers(await Api.start(issuer, azurite), version));
    return checked;
  } finally {
    issuer.stop();
    await azurite.stop();
  }
}

if (skipReason !== false) console.log(skipReason);
else process.exitCode = (await report()) ? 0 : 1;
