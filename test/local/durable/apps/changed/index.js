/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access, typescript/no-unsafe-return, typescript/no-unsafe-argument -- a plain JavaScript app without types, as the host must load them */
// Later versions of the orchestrator `release`, whose history was recorded before.
import * as df from 'durable-functions';

const after = (context, ms) => new Date(context.df.currentUtcDateTime.getTime() + ms);

function release({
  first = 'build',
  order = ['test', 'scan'],
  wait = 50,
  extra = false,
  twice = false,
  output,
} = {}) {
  return function* (context) {
    const built = yield context.df.callActivity(first, { version: context.df.getInput() });
    if (extra) yield context.df.callActivity('sign', built);
    const checks = order.map((name) => context.df.callActivity(name, built));
    if (twice) checks.push(context.df.callActivity('sign', built));
    yield context.df.Task.all(checks);
    yield context.df.createTimer(after(context, wait));
    return output ?? built;
  };
}

df.app.orchestration('release', release());
df.app.orchestration('renamedActivity', release({ first: 'compile' }));
df.app.orchestration('otherOrder', release({ order: ['scan', 'test'] }));
df.app.orchestration('extraStep', release({ extra: true }));
df.app.orchestration('extraBranch', release({ twice: true }));
df.app.orchestration('fewerSteps', release({ order: ['test'] }));
df.app.orchestration('longerTimer', release({ wait: 60 }));
df.app.orchestration('otherOutput', release({ output: 'nothing' }));
for (const name of ['build', 'compile', 'test', 'scan', 'sign'])
  df.app.activity(name, { handler: (input) => input.version ?? input });
