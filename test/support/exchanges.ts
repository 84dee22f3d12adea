import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRecording, skipReason } from './openapi.ts';

/** Last test of a file: what its tests sent to the local ARM, and got, is what Azure's specifications describe. */
export function testExchanges(recordFile: () => string, atLeast = 100): void {
  test(
    'every exchange with the local ARM is valid against the official specs',
    { skip: skipReason },
    async (t) => {
      const report = await checkRecording(recordFile());
      t.diagnostic(report.summary);
      for (const line of report.exceptions) t.diagnostic(line);
      assert.deepEqual(report.violations, []);
      assert.ok(report.checked > atLeast, report.summary);
    },
  );
}
