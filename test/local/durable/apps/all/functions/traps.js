/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return, typescript/no-unsafe-argument -- a plain JavaScript app without types, as the host must load them */
// Orchestrations that look right and break on the real extension; strict mode names each one.
import * as df from 'durable-functions';

const after = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

df.app.orchestration('idShift', function* (context) {
  try {
    yield context.df.Task.all([
      context.df.callActivity('broken', { name: 'a' }),
      context.df.callActivityWithRetry('flaky', new df.RetryOptions(50, 5), { key: 'shift', failures: 3 }),
    ]);
  } finally {
    yield context.df.callActivity('work', { name: 'cleanup' });
  }
});
df.app.orchestration('yieldedTwice', function* (context) {
  const timeout = context.df.createTimer(after(context, 60_000));
  for (let step = 0; step < 2; step += 1)
    yield context.df.Task.any([timeout, context.df.callActivity('echo', step)]);
  timeout.cancel();
});
df.app.orchestration('retryTimeout', function* (context) {
  const options = new df.RetryOptions(50, 5);
  options.retryTimeoutInMilliseconds = 60;
  return yield context.df.callActivityWithRetry('echo', options, 1);
});
df.app.orchestration('random', function* (context) {
  yield context.df.callActivity('echo', { value: Math.random() });
  return 1;
});
let turn = 0;
df.app.orchestration('changing', function* (context) {
  turn += 1;
  yield context.df.callActivity(turn % 2 === 1 ? 'echo' : 'work', { name: 'x' });
  return 1;
});
df.app.activity('date', { handler: () => ({ at: new Date(0) }) });
df.app.orchestration('dateResult', function* (context) {
  return yield context.df.callActivity('date');
});
df.app.orchestration('mapInput', function* (context) {
  return yield context.df.callActivity('echo', { regions: new Map() });
});
df.app.orchestration('forgottenTimer', function* (context) {
  const timeout = context.df.createTimer(after(context, 60_000));
  yield context.df.Task.any([timeout, context.df.callActivity('echo', 1)]);
  context.df.continueAsNew({ again: true });
});
df.app.orchestration('textAgain', function* (context) {
  yield context.df.callActivity('echo', 1);
  context.df.continueAsNew('again');
});
df.app.orchestration('eventCase', function* (context) {
  return yield context.df.waitForExternalEvent('cancel');
});
df.app.orchestration('noSuchActivity', function* (context) {
  return yield context.df.callActivity('nowhere', 1);
});
df.app.orchestration('entity', function* (context) {
  return yield context.df.callEntity(new df.EntityId('counter', 'one'), 'get');
});
