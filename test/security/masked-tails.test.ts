// What a step printed is kept in histories and told in messages: Kiln takes its secrets out of that itself, whatever the
// shell of the guest could do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkCommand } from '../../functions/activities/machine/check-command.ts';
import { finishCommand } from '../../functions/activities/machine/finish-command.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { masked } from '../../shared/guest/mask.ts';
import { base64, FORMS, leak, secret } from '../support/secret-forms.ts';

test('a secret is masked in every form in which the guest redacts it', () => {
  fc.assert(
    fc.property(secret, (value) => {
      for (const [name, form] of Object.entries(FORMS)) {
        const shown = masked(`before ${form(value)} after`, ['another secret', value]);
        assert.equal(leak(shown, form(value)), undefined, `${name} of ${value}: ${shown}`);
        assert.match(shown, /^before /, name);
      }
    }),
    { numRuns: 200 },
  );
});

test('other text stays as it is, and a short value masks nothing but itself', () => {
  const text = 'Reading lists…\nnaïve \\ "quoted" %20 aGVsbG8= 68656c6c6f\n';
  assert.equal(masked(text, ['another secret', '']), text);
  assert.equal(masked('abc cba YWJj 616263', ['abc']), '[redacted] cba YWJj 616263');
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n}\n-----END KEY-----\n';
  assert.equal(masked('MIIEvQIBADANBgkqhkiG9w0BAQEFAASC }', [key]), '[redacted] }');
});

const SECRET = 'Corr3ct-Horse/Battery';
const FORM = base64(SECRET);

type Vault = (id: string) => Promise<string>;

/** The app as the activities see it: one step with a secret, and a command in some state. */
function app(view: object | undefined, vault: Vault, log = ''): { asked: string[]; app: any } {
  const asked: string[] = [];
  const step = { type: 'PowerShell', name: 'one', secrets: { TOKEN: 'https://v/secrets/token' } };
  const plain = { type: 'PowerShell', name: 'two' };
  const properties = { customize: [step, plain] };
  const commands = { get: () => Promise.resolve(view), remove: () => Promise.resolve({ done: true }) };
  const store = {
    revisions: { get: () => Promise.resolve({ template: { properties } }) },
    logs: { end: () => Promise.resolve(log), read: () => Promise.resolve(new Uint8Array()) },
  };
  const secretOf = (id: string): Promise<string> => {
    asked.push(id);
    return vault(id);
  };
  const azure = () => ({ commands, machines: { get: () => Promise.resolve(undefined) } });
  return { asked, app: { store, azure, secret: secretOf, now: () => new Date() } };
}

const readable: Vault = () => Promise.resolve(SECRET);
const plan: any = {
  run: {},
  customize: [],
  validate: [],
  steps: [],
  stagingGroup: 'g',
  subscriptionId: 's',
  source: { osType: 'Windows' },
};
const command = (index = 0): any => ({
  ...{ machine: 'build', name: 'step-000-0', log: '01-one', timeoutSeconds: 60 },
  script: { kind: 'step', index },
});
const failed = (output: string) => ({ executionState: 'Failed', exitCode: 1, output, error: '' });
const engine: any = {};

test('the end of a step is told without its secrets, and the vault is asked only where there is something', async () => {
  const withSecret = app(failed(`token ${FORM}`), readable);
  const told: any = await checkCommand(withSecret.app, { plan, command: command() }, engine);
  assert.equal(told.value.tail, 'token [redacted]');
  assert.equal(told.value.exitCode, 1);
  const silent = app(failed(''), readable);
  await checkCommand(silent.app, { plan, command: command() }, engine);
  const other = app(failed('hello'), readable);
  const same: any = await checkCommand(other.app, { plan, command: command(1) }, engine);
  assert.equal(same.value.tail, 'hello');
  assert.deepEqual([silent.asked, other.asked], [[], []]);
});

test('a command that is gone, or stopped at its limit, tells the log without its secrets', async () => {
  const gone = app(undefined, readable, `printed ${FORM}\n`);
  await assert.rejects(
    async () => checkCommand(gone.app, { plan, command: command() }, engine),
    (error: KilnError) => error.failure.message.includes('printed [redacted]'),
  );
  const late = app(undefined, readable, `printed ${FORM}\n`);
  const { tail }: any = await finishCommand(late.app, { plan, command: command(), unfinished: true }, engine);
  assert.equal(tail.trim(), 'printed [redacted]');
});

test('what Azure says of a command that it could not run is masked as well', async () => {
  const view = { ...failed(''), executionState: 'Pending', provisioningState: 'Failed' };
  const refused = app({ ...view, executionMessage: `bad parameter ${SECRET}` }, readable);
  await assert.rejects(
    async () => checkCommand(refused.app, { plan, command: command() }, engine),
    (error: KilnError) => error.failure.message.endsWith('bad parameter [redacted]'),
  );
});

test('output whose secrets cannot be read again is not shown, and the step ends as it did', async () => {
  const denied = new KilnError({ code: 'AzureDenied', message: 'no' });
  const closed = app(failed(`token ${FORM}`), () => Promise.reject(denied));
  const told: any = await checkCommand(closed.app, { plan, command: command() }, engine);
  assert.match(told.value.tail, /^The output is not shown: .* It is in the log of the run\.$/);
  assert.equal(told.value.exitCode, 1);
});
