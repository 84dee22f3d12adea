// Rendered steps, run by PowerShell 7 in a folder that plays Windows. Windows PowerShell 5.1 itself is nowhere here.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { inlinePowerShell, powerShellFile } from '../../../shared/guest/powershell.ts';
import { NO_VALUES, SKIPPED_EXIT_CODE } from '../../../shared/guest/script.ts';
import { base64, FORMS, leak } from '../../support/secret-forms.ts';
import { WindowsFolder } from '../../support/powershell/machine.ts';
import { whyNoPowerShell } from '../../support/powershell/tool.ts';

const skip = whyNoPowerShell();
const windows = new WindowsFolder();
after(() => windows.remove());

const SECRET = 'hunter2-hunter2-hunter2';

test('a secret is redacted whatever way a step prints it', { skip }, async () => {
  const lines = [
    '[Console]::WriteLine("console " + $env:TOKEN)',
    '[Console]::Error.WriteLine("console error " + $env:TOKEN)',
    'Write-Host "host $env:TOKEN"',
    'Write-Warning "warning $env:TOKEN"',
    '[pscustomobject]@{ One = "x" * 60; Two = $env:TOKEN; Three = "y" * 30 } | Format-Table',
    '[pscustomobject]@{ One = $env:TOKEN; Two = "z" * 80; Three = $env:TOKEN; Four = 1; Five = "v" * 20 }',
    'Write-Error ("e" * 70 + " " + $env:TOKEN)',
    `/bin/sh -c 'echo program $TOKEN; echo program $TOKEN >&2'`,
    'throw "thrown " + $env:TOKEN',
  ];
  const secrets = { TOKEN: SECRET };
  const { status, stdout, stderr } = await windows.run(
    inlinePowerShell(lines, 'web', { ...NO_VALUES, secrets }),
  );
  assert.equal(status, 1, stderr);
  const all = `${stdout}${stderr}`;
  for (let length = 4; length <= SECRET.length; length++) {
    assert.ok(!all.includes(SECRET.slice(0, length)), `${SECRET.slice(0, length)}\n${all}`);
  }
  for (const said of ['console [redacted]', 'host [redacted]', 'warning [redacted]', 'program [redacted]'])
    assert.ok(stdout.includes(said), `${said} in ${stdout}`);
  for (const said of ['console error [redacted]', 'program [redacted]'])
    assert.ok(stderr.includes(said), `${said} in ${stderr}`);
  assert.ok(stderr.includes('thrown'), stderr);
});

test('the forms of a secret are redacted as on Linux, and those of .NET', { skip }, async () => {
  const value = `p/+!"q' (r)*\\s~${'0123456789'.repeat(7)}&%é`;
  const dotnet = {
    'base64 of UTF-16': (text: string) => Buffer.from(text, 'utf16le').toString('base64'),
    'hexadecimal with dashes': (text: string) =>
      Buffer.from(text)
        .toString('hex')
        .toUpperCase()
        .replaceAll(/(..)(?=.)/g, '$1-'),
  };
  const shapes = Object.entries({ ...FORMS, ...dotnet }).filter(([name]) => name !== 'reversed');
  const forms = [...shapes, ['reversed', (text: string) => Array.from(text).toReversed().join('')] as const];
  // As files: the step prints what some tool would have made of the secret.
  const lines = forms.map(
    ([, form]) =>
      `[Console]::Write([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${base64(`${form(value)}\n`)}')))`,
  );
  const secrets = { TOKEN: value };
  const { status, stdout, stderr } = await windows.run(
    inlinePowerShell(lines, 'web', { ...NO_VALUES, secrets }),
  );
  assert.equal(status, 0, stderr);
  for (const [name, form] of forms) assert.equal(leak(stdout, form(value)), undefined, `${name}: ${stdout}`);
  assert.ok(stdout.includes('[redacted]'));
});

test('arguments are bound as powershell -File binds them, and odd ones arrive whole', { skip }, async () => {
  const bind = Buffer.from(
    'param([string]$Name, [string]$Other = "d", [switch]$Force)\nWrite-Output "Name=$Name;Other=$Other;Force=$Force"\n',
  );
  const named = await windows.run(
    powerShellFile(bind, 'web', { ...NO_VALUES, arguments: ['-Name', 'foo bar', '-Force'] }),
  );
  assert.equal(named.stdout.trim(), 'Name=foo bar;Other=d;Force=True', named.stderr);
  const odd = [`it's "quoted"`, '$(Get-Date) `n', '', 'trailing\\', 'a\\"b', 'ünï 🚀', 'C:\\a b\\'];
  const tell = Buffer.from('foreach ($one in $args) { Write-Output ("<" + $one + ">") }\n');
  const told = await windows.run(powerShellFile(tell, 'web', { ...NO_VALUES, arguments: odd }));
  assert.equal(told.stdout, odd.map((text) => `<${text}>\n`).join(''), told.stderr);
});

test(
  'the code of the last program counts, an error that nobody catches is 1, and an exit is itself',
  { skip },
  async () => {
    const lines = ['/bin/sh -c "exit 7"', 'throw "x"', 'exit 3010', '[Environment]::Exit(9)'];
    const ran = await Promise.all(lines.map((line) => windows.run(inlinePowerShell([line], 'web'))));
    assert.deepEqual(
      ran.map(({ status }) => status),
      [7, 1, 3010 % 256, 9],
    );
    const left = windows.list('C/Windows/Temp');
    assert.deepEqual(left, [], 'the folder of the step goes with it, whatever ends it');
  },
);

test(
  'a condition is a command or an expression, and one that does not hold skips the step',
  { skip },
  async () => {
    const held = async (runIf: string) =>
      (await windows.run(inlinePowerShell(['exit 0'], 'web', { ...NO_VALUES, runIf }))).status;
    const asked = ['exit 1', 'Test-Path C:\\nowhere', 'Write-Output "False"'];
    const answers = await Promise.all(asked.map(held));
    const no = SKIPPED_EXIT_CODE;
    assert.deepEqual(answers, [no, no, 0]);
  },
);

test(
  'two spellings of one variable, a mark before the first line and 3 MB of script are no trouble',
  { skip },
  async () => {
    const script = inlinePowerShell(
      ['\uFEFFWrite-Output "$env:TOOLS"', `# ${'x'.repeat(3_000_000)}`],
      'web',
      {
        ...NO_VALUES,
        environment: { Tools: 'first', TOOLS: 'last' },
      },
    );
    assert.equal((await windows.run(script)).stdout.trim(), 'last');
    const json = /KilnText '([^']+)'/.exec(script.text)?.[1] ?? '';
    assert.ok(json.length < 10_000, 'Windows PowerShell reads no more than 2 MB of JSON');
  },
);

test('a machine in constrained language mode refuses clearly', { skip }, async () => {
  const ran = await windows.run(inlinePowerShell(['exit 0'], 'web'), {
    KILN_TEST_LANGUAGE: 'ConstrainedLanguage',
  });
  assert.equal(ran.status, 1);
  assert.match(ran.stdout, /constrained language mode.*application control/);
});

test('no step sets an execution policy, which a policy of the machine would refuse', () => {
  assert.ok(!inlinePowerShell(['exit 0'], 'web').text.includes('Set-ExecutionPolicy'));
});
