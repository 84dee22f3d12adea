/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return, typescript/no-unsafe-argument -- a plain JavaScript app without types, as the host must load them */
// Orchestrations that behave: one per feature of the engine.
import { appendFileSync } from 'node:fs';
import * as df from 'durable-functions';

/** Appends a line to the file named in the environment, so that a test counts what really ran. */
function record(line) {
  const file = process.env.TEST_RECORD;
  if (file) appendFileSync(file, `${line}\n`);
}

df.app.activity('echo', { handler: (input) => input });
df.app.activity('work', {
  handler: async ({ name, ms = 1 }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    record(name);
    return name;
  },
});
df.app.activity('broken', {
  handler: ({ name }) => {
    record(`broken ${name}`);
    throw new Error(`broken ${name}`);
  },
});
const attempts = new Map();
df.app.activity('flaky', {
  handler: ({ key, failures }) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempt <= failures) throw new Error(`attempt ${attempt}`);
    return attempt;
  },
});
let running = 0;
df.app.activity('gauge', {
  handler: async () => {
    running += 1;
    const seen = running;
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return seen;
  },
});

const after = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration('echoAll', function* (context) {
  return yield context.df.Task.all(
    context.df.getInput().map((each) => context.df.callActivity('echo', each)),
  );
});
df.app.orchestration('gauges', function* (context) {
  const calls = Array.from({ length: 12 }, () => context.df.callActivity('gauge'));
  return Math.max(...(yield context.df.Task.all(calls)));
});
df.app.orchestration('chain', function* (context) {
  let last = 0;
  for (let step = 1; step <= context.df.getInput(); step += 1)
    last = yield context.df.callActivity('echo', step);
  return last;
});
df.app.orchestration('sleep', function* (context) {
  const due = after(context, context.df.getInput());
  yield context.df.createTimer(due);
  return context.df.currentUtcDateTime.getTime() - due.getTime();
});
df.app.orchestration('parentOfSleep', function* (context) {
  return yield context.df.callSubOrchestrator('sleep', context.df.getInput());
});
df.app.orchestration('childWithId', function* (context) {
  return yield context.df.callSubOrchestrator('echoAll', [], context.df.getInput());
});
df.app.orchestration('approval', function* (context) {
  context.df.setCustomStatus({ waiting: 'approval' });
  const timeout = context.df.createTimer(after(context, 60_000));
  const event = context.df.waitForExternalEvent('approved');
  const winner = yield context.df.Task.any([event, timeout]);
  if (winner === timeout) return 'late';
  timeout.cancel();
  context.df.setCustomStatus({ waiting: 'nothing' });
  return event.result;
});
df.app.orchestration('collect', function* (context) {
  const values = [];
  for (let index = 0; index < context.df.getInput(); index += 1)
    values.push(yield context.df.waitForExternalEvent('item'));
  return values;
});
df.app.orchestration('retry', function* (context) {
  const { key, failures, max } = context.df.getInput();
  return yield context.df.callActivityWithRetry('flaky', new df.RetryOptions(5, max), { key, failures });
});
df.app.orchestration('countDown', function* (context) {
  const { left, seen } = context.df.getInput();
  if (left === 0) return seen;
  const item = yield context.df.waitForExternalEvent('item');
  context.df.continueAsNew({ left: left - 1, seen: [...seen, item] });
  return undefined;
});
df.app.orchestration('region', function* (context) {
  const { name, fail } = context.df.getInput();
  try {
    return { ok: true, value: yield context.df.callActivity(fail ? 'broken' : 'work', { name }) };
  } catch (error) {
    return { ok: false, error: error.message.split('\n')[0] };
  }
});
df.app.orchestration('regions', function* (context) {
  const { names } = context.df.getInput();
  const children = names.map((name) =>
    context.df.callSubOrchestrator(
      'region',
      { name, fail: name.startsWith('bad') },
      `${context.df.instanceId}-${name}`,
    ),
  );
  return yield context.df.Task.all(children);
});
df.app.orchestration('parentOfFailure', function* (context) {
  try {
    yield context.df.callSubOrchestrator('throws', {});
    return 'no error';
  } catch (error) {
    return error.message;
  }
});
df.app.orchestration('throws', function* (context) {
  yield context.df.callActivity('echo', 1);
  throw new Error('on purpose');
});
df.app.orchestration('cleanup', function* (context) {
  try {
    yield context.df.Task.all([
      context.df.callActivity('broken', { name: 'fast' }),
      context.df.callActivity('work', { name: 'slow', ms: 100 }),
    ]);
  } finally {
    yield context.df.callActivity('work', { name: 'cleanup' });
  }
});
df.app.orchestration('guids', function* (context) {
  const first = context.df.newGuid(context.df.instanceId);
  yield context.df.callActivity('echo', first);
  return first;
});

// What the kill test runs: fan-out, timers, sub-orchestrations and a chain.
df.app.orchestration('survivor', function* (context) {
  const { width, ms } = context.df.getInput();
  const id = context.df.instanceId;
  const fan = Array.from({ length: width }, (_, index) =>
    context.df.callActivity('work', { name: `${id}/fan${index}`, ms }),
  );
  const values = yield context.df.Task.all(fan);
  yield context.df.createTimer(after(context, 80));
  const children = yield context.df.Task.all(
    ['a', 'b'].map((name) => context.df.callSubOrchestrator('region', { name: `${id}/${name}` })),
  );
  yield context.df.createTimer(after(context, 40));
  const last = yield context.df.callActivity('work', { name: `${id}/last`, ms: 10 });
  return [...values, ...children.map((child) => child.value), last];
});
