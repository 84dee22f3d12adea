import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIVITIES } from '../../../functions/activities/all.ts';
import { refuseAfterCancel } from '../../../functions/activities/record/until-canceled.ts';
import { KilnError } from '../../../shared/errors/failure.ts';
import type { Store } from '../../../shared/ports/store.ts';
import { runId } from '../../../shared/model/convert.ts';

const run = {
  ref: { subscriptionId: 's', resourceGroup: 'images', name: 'web' },
  runId: runId('11111111-1111-4111-8111-111111111111'),
  revision: 1,
};

async function isRefused(name: string, cancelRequestedAt?: string): Promise<boolean> {
  const runs = { glance: async () => ({ cancelRequestedAt }) } as unknown as Store['runs'];
  try {
    await refuseAfterCancel({ store: { runs } as Store }, name, run);
    return false;
  } catch (error) {
    assert.ok(error instanceof KilnError);
    assert.equal(error.failure.code, 'RunCanceled');
    return true;
  }
}

test('after a cancel nothing begins that makes or changes something, and all that takes away goes on', async () => {
  for (const name of Object.keys(ACTIVITIES)) {
    assert.equal(await isRefused(name), false, name);
    const refused = await isRefused(name, '2026-01-01T00:00:00Z');
    const takesAway = /(-removal|^(revoke|discard|finish|record|remove|keep)-|cleanup$)/.test(name);
    const begins = /^(start|create|write|generalize)-/.test(name);
    const asksItself = name === 'start-managed-image';
    const isTheOldImage = name === 'start-managed-image-removal';
    if (takesAway && !isTheOldImage) assert.equal(refused, false, name);
    else if (begins && !asksItself) assert.equal(refused, true, name);
  }
});
