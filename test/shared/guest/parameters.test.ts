// What a request adds to the environment of a step.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { inlinePowerShell } from '../../../shared/guest/powershell.ts';
import { NO_VALUES } from '../../../shared/guest/script.ts';
import { inlineScript } from '../../../shared/guest/shell.ts';

/** The environment that a Windows script sets, as it is inside. */
function environmentOf(text: string): Record<string, string> {
  const [, data = ''] = /KilnText '([^']+)'/.exec(text) ?? [];
  const { environment } = JSON.parse(Buffer.from(data, 'base64').toString()) as {
    environment: Record<string, string>;
  };
  return environment;
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/);
const parametersOf = fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 6 });

test('PowerShell steps get the parameters of a request as variables, and no character of them as code', () => {
  fc.assert(
    fc.property(parametersOf, (given) => {
      // Windows compares names of variables without case: of two, one can be there.
      const byName = Object.entries(given).map(([key, value]) => [key.toLowerCase(), [key, value]] as const);
      const parameters = Object.fromEntries(new Map(byName).values());
      const { text } = inlinePowerShell(['exit 0'], 'web', { ...NO_VALUES, parameters });
      assert.partialDeepStrictEqual(environmentOf(text), parameters);
      // The same text around the value, whatever is in it: nothing but Base64 differs.
      const around = (script: string): string => script.replace(/KilnText '[A-Za-z0-9+/=]*'/, '');
      assert.equal(around(text), around(inlinePowerShell(['exit 0'], 'web').text));
    }),
  );
});

test('Shell steps get them as variables of the command, whose text stays the same', () => {
  fc.assert(
    fc.property(parametersOf, (parameters) => {
      const { text, environment } = inlineScript(['true'], 'web', { ...NO_VALUES, parameters });
      assert.partialDeepStrictEqual(environment, parameters);
      assert.equal(text, inlineScript(['true'], 'web').text);
    }),
  );
});

test("the template's own variables and secrets win, on Windows without regard to case", () => {
  const values = {
    ...NO_VALUES,
    environment: { Channel: 'stable' },
    secrets: { TOKEN: 'hidden' },
    parameters: { CHANNEL: 'beta', token: 'mine', packer_build_name: 'x', Extra: 'y' },
  };
  const windows = environmentOf(inlinePowerShell(['exit 0'], 'web', values).text);
  assert.deepEqual(windows, {
    Extra: 'y',
    PACKER_BUILDER_TYPE: 'azure-arm',
    PACKER_BUILD_NAME: 'web',
    Channel: 'stable',
  });
  const linux = inlineScript(['true'], 'web', {
    ...values,
    parameters: { Channel: 'beta', TOKEN: 'mine', HOME: '/tmp', Extra: 'y' },
  }).environment;
  assert.partialDeepStrictEqual(linux, { Channel: 'stable', HOME: '/root', Extra: 'y' });
  assert.equal(linux['TOKEN'], undefined);
});

test('a shell sees exactly what the request said', () => {
  const value = `it's "$(id)" \`id\` \\ \n two lines`;
  const { text, environment } = inlineScript(['printf %s "$GREETING"'], 'web', {
    ...NO_VALUES,
    parameters: { GREETING: value },
  });
  const { stdout } = spawnSync('/bin/sh', ['-s'], { input: text, env: { ...environment }, encoding: 'utf8' });
  assert.equal(stdout, value);
});
