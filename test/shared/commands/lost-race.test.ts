import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeatLostRace } from '../../../shared/ports/lost-race.ts';
import { KilnError } from '../../../shared/errors/failure.ts';

test('whoever loses every round is told what was raced for', async () => {
  let rounds = 0;
  const lose = (): Promise<never> => {
    rounds += 1;
    return Promise.reject(new KilnError({ code: 'PreconditionFailed', message: 'changed' }));
  };
  const race = { what: 'The list of builds at work', rounds: 3 };
  await assert.rejects(
    repeatLostRace(false, lose, race),
    /^KilnError: The list of builds at work changes too often/,
  );
  assert.equal(rounds, 3);
});
