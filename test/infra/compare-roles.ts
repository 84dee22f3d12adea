// Compares the roles that infra/ assigns with the actions that the app asked the local cloud for in the end-to-end tests.
// `node test/run.js` runs it last. After a part of the tests only a missing action is a failure.
import { parseArgs } from 'node:util';
import { byRole, compare, explain, readLedger, readRoles } from './role-use.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { whole: { type: 'boolean', default: false } },
});
const uses = readLedger(positionals[0] ?? '');
const roles = readRoles();

if (uses.length > 0) {
  const used = byRole(uses);
  for (const role of new Set([...roles.keys(), ...used.keys()])) {
    const given = roles.get(role) ?? [];
    const needed = [...(used.get(role)?.values() ?? [])].map(({ action }) => action);
    console.log(`\n${role}: ${given.length} actions in the role, ${needed.length} asked for by the tests`);
    print(given, needed);
  }
  const differences = compare(roles, uses).filter(({ kind }) => values.whole || kind === 'missing');
  for (const difference of differences) console.error(`\n${explain(difference)}`);
  console.log(
    differences.length === 0
      ? `\nThe roles and the recorded calls ${values.whole ? 'have no difference' : 'agree as far as these tests go'}.`
      : `\n${differences.length} differences between the roles and the recorded calls.`,
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
}

function print(given: readonly string[], needed: readonly string[]): void {
  const keys = (list: readonly string[]) => new Set(list.map((action) => action.toLowerCase()));
  const [inRole, inTests] = [keys(given), keys(needed)];
  const all = [...given, ...needed.filter((action) => !inRole.has(action.toLowerCase()))].toSorted();
  for (const action of all) {
    const key = action.toLowerCase();
    console.log(`  ${inRole.has(key) ? 'role' : '    '}  ${inTests.has(key) ? 'tests' : '     '}  ${action}`);
  }
}
