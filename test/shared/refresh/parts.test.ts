import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changesBetween, fingerprintOf } from '../../../shared/planning/fingerprint.ts';
import { circleThrough, type Links, parentsFirst, parentsOf } from '../../../shared/refresh/lineage.ts';
import { dueSince } from '../../../shared/refresh/schedule.ts';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { findVersion, NEWEST } from '../../../shared/template/versions/all.ts';
import { sampleBody } from '../../support/api.ts';
import { REF } from '../../support/sample-templates.ts';

const at = (text: string) => new Date(text);
const nightly = { schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } };

test('a schedule is meant in its time zone, also where the clock changes', () => {
  // 3 o'clock in Berlin is 1 o'clock UTC in summer, 2 o'clock in winter.
  assert.deepEqual(
    dueSince(nightly, at('2026-10-24T00:00:00Z'), at('2026-10-24T01:00:00Z')),
    at('2026-10-24T01:00:00Z'),
  );
  assert.equal(dueSince(nightly, at('2026-10-25T00:00:00Z'), at('2026-10-25T01:59:00Z')), undefined);
  assert.deepEqual(
    dueSince(nightly, at('2026-10-25T00:00:00Z'), at('2026-10-25T02:03:00Z')),
    at('2026-10-25T02:00:00Z'),
  );
});

test('ticks that were missed are caught up with once', () => {
  const newest = dueSince(nightly, at('2026-11-01T00:00:00Z'), at('2026-11-10T12:00:00Z'));
  assert.deepEqual(newest, at('2026-11-10T02:00:00Z'));
  assert.equal(dueSince(nightly, at('2026-11-10T12:00:00Z'), at('2026-11-10T12:05:00Z')), undefined);
});

test('without a schedule a look is due every hour', () => {
  assert.equal(dueSince({}, at('2026-11-01T10:00:00Z'), at('2026-11-01T10:59:00Z')), undefined);
  assert.deepEqual(
    dueSince({}, at('2026-11-01T10:00:00Z'), at('2026-11-01T11:01:00Z')),
    at('2026-11-01T11:00:00Z'),
  );
});

const links = (name: string, source: string | undefined, ...targets: string[]): Links => ({
  id: name,
  name,
  source,
  targets,
});

test('parents come before what is derived from them, in whatever order they are given', () => {
  const chain = [links('c', 'B'), links('a', undefined, 'A'), links('b', 'A', 'B'), links('d', 'A')];
  fc.assert(
    fc.property(fc.shuffledSubarray(chain, { minLength: 4 }), (all) => {
      const order = parentsFirst(all);
      assert.equal(order.length, all.length);
      for (const one of order)
        for (const parent of parentsOf(one, all)) assert.ok(order.indexOf(parent) < order.indexOf(one));
    }),
  );
});

test('a circle is found through any number of templates, and only from its members', () => {
  const circle = [links('a', 'C', 'A'), links('b', 'A', 'B'), links('c', 'B', 'C')];
  const outside = links('x', 'A', 'X');
  const all = [...circle, outside];
  assert.deepEqual(circleThrough(circle[0]!, all), ['a', 'b', 'c', 'a']);
  assert.equal(circleThrough(outside, all), undefined);
  assert.deepEqual(circleThrough(links('s', 'S', 'S'), []), ['s', 's']);
  assert.equal(parentsFirst(all).length, 4);
});

test('a fingerprint changes with everything that decides the image, and with nothing else', () => {
  const print = (changes: Record<string, unknown>, source = 'p:o:s:1.0.1') => {
    const parsed = parseTemplate(sampleBody(changes), NEWEST, REF);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return fingerprintOf(parsed.template, source);
  };
  const base = print({});
  const differs = (changes: Record<string, unknown>, source?: string) =>
    changesBetween(base, print(changes, source));
  assert.deepEqual(differs({}), []);
  assert.deepEqual(differs({ refresh: { onSourceUpdate: false } }), [], 'when to build is not what to build');
  assert.deepEqual(differs({}, 'p:o:s:1.0.2'), ['source 1.0.1 → 1.0.2']);
  assert.deepEqual(differs({ customize: [{ type: 'Shell', name: 'hello', inline: ['echo bye'] }] }), [
    'hello changed',
  ]);
  assert.deepEqual(differs({ vmProfile: { osDiskSizeGB: 64 } }), ['the template changed']);
  const added = differs({
    customize: [
      { type: 'Shell', name: 'hello', inline: ['echo hello'] },
      { type: 'Shell', name: 'more', inline: ['true'] },
    ],
  });
  assert.deepEqual(added, ['more is new', 'the template changed']);
});

test('a refresh section that cannot work is refused with what to write', () => {
  const schedule = { cron: '0 99 * * *', timeZone: 'Berlin' };
  const parsed = parseTemplate(sampleBody({ refresh: { schedule, maximumAgeInDays: 0 } }), NEWEST, REF);
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.failures.map(({ target }) => target),
    [
      '/properties/refresh/schedule/cron',
      '/properties/refresh/schedule/timeZone',
      '/properties/refresh/maximumAgeInDays',
    ],
  );
  const never = sampleBody({ refresh: { schedule: { cron: '0 0 31 2 *' } } });
  assert.ok(!parseTemplate(never, NEWEST, REF).ok);
});

test('a refresh section is read with its defaults, and official api-versions do not have it', () => {
  const read = (refresh: object) => {
    const parsed = parseTemplate(sampleBody({ refresh }), NEWEST, REF);
    return parsed.ok ? parsed.template.properties.refresh : parsed.failures;
  };
  assert.deepEqual(read({}), { onSourceUpdate: true, onScriptChange: true, disableAfterFailures: 3 });
  const all = {
    schedule: { cron: '0 3 * * SUN', timeZone: 'Europe/Berlin' },
    onSourceUpdate: false,
    onScriptChange: false,
    maximumAgeInDays: 30,
    disableAfterFailures: 5,
  };
  assert.deepEqual(read(all), all);
  const official = findVersion('2025-10-01');
  assert.ok(official);
  const parsed = parseTemplate(sampleBody({ refresh: {} }), official, REF);
  assert.ok(!parsed.ok && parsed.failures.some(({ target }) => target === '/properties/refresh'));
});
