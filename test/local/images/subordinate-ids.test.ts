import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { probePrerequisites } from '../../../local/images/prerequisites.ts';
import { grantFor } from '../../../local/images/subordinate-ids.ts';

const ANN = { name: 'ann', uid: 1000 };
const both = (text: string) => ({ subuid: text, subgid: text });

test('an account that its system has given ids is told nothing, whether they stand by its name or its number', () => {
  assert.equal(grantFor(ANN, both('bob:100000:65536\nann:165536:65536\n')), undefined);
  assert.equal(grantFor(ANN, both('1000:100000:65536\n')), undefined);
});

test('an account without ids is given the first that are free, in the file that lacks them', () => {
  const ranges = (first: number) => `${first}-${first + 65_535}`;
  assert.equal(
    grantFor(ANN, both('')),
    `sudo usermod --add-subuids ${ranges(100_000)} --add-subgids ${ranges(100_000)} ann`,
  );
  assert.equal(
    grantFor(ANN, { subuid: 'bob:100000:65536\n# a remark\n', subgid: 'ann:100000:65536\n' }),
    `sudo usermod --add-subuids ${ranges(165_536)} ann`,
  );
  assert.match(grantFor(ANN, both('ann:100000:1000\n')) ?? '', /--add-subuids 101000-166535/, 'too few');
});

test('whatever the files hold, what is given is nobody else’s', () => {
  const range = fc.record({
    owner: fc.constantFrom('ann', 'bob', '1000', '7'),
    start: fc.nat(5_000_000),
    count: fc.nat(200_000),
  });
  fc.assert(
    fc.property(fc.array(range), (taken) => {
      const lines = taken.map(({ owner, start, count }) => `${owner}:${start}:${count}`).join('\n');
      const [, first, last] = /--add-subuids (\d+)-(\d+)/.exec(grantFor(ANN, both(lines)) ?? '') ?? [];
      const isEnough = taken.some(({ owner, count }) => /^(ann|1000)$/.test(owner) && count >= 65_536);
      assert.equal(first === undefined, isEnough);
      if (first === undefined) return;
      assert.equal(Number(last) - Number(first) + 1, 65_536);
      for (const { start, count } of taken)
        assert.ok(Number(first) >= start + count || Number(last) < start, lines);
    }),
  );
});

test('whoever lacks ids hears of it before a machine is made, with the command that gives them', async () => {
  const account = { name: 'nobody-has-this-name', uid: 4_000_000_000 };
  const found = await probePrerequisites('images', { root: false, account });
  assert.match(found.missing.join(), /\/etc\/subuid/);
  assert.match(
    found.remedy,
    /sudo usermod --add-subuids \d+-\d+ --add-subgids \d+-\d+ nobody-has-this-name$/,
  );
  assert.equal((await probePrerequisites('machines', { root: false, account })).grant, undefined);
});
