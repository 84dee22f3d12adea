import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimVersion, newVersionBook } from '../../../shared/model/documents/version-book.ts';
import { nextVersion } from '../../../shared/model/version-number.ts';
import { resourceId } from '../../../shared/model/convert.ts';
import type { Versioning } from '../../../shared/model/template.ts';

const definition = resourceId(
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/d',
);
const versioning = fc.oneof(
  fc.record({ scheme: fc.constant('Latest' as const), major: fc.integer({ min: -1, max: 2 }) }),
  fc.constant<Versioning>({ scheme: 'Source' }),
  fc.constant<Versioning>({ scheme: 'Timestamp' }),
);
/** Somebody asks for a number, or everything in the gallery is deleted. */
const step = fc.oneof(
  fc.record({ claim: fc.integer({ min: 0, max: 20 }).map(String), versioning }),
  fc.constant('delete all' as const),
);

test('a number goes to one claim only, for good, and a claim that asks twice gets the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let book = newVersionBook(definition);
      let gallery: string[] = [];
      const owners = new Map<string, string>();
      for (const one of steps) {
        if (one === 'delete all') {
          gallery = [];
          continue;
        }
        const before = book.claims[one.claim];
        book = claimVersion(book, one.claim, (given) =>
          nextVersion(one.versioning, [...gallery, ...given], '12.1.0', new Date('2026-11-01T00:00:00Z')),
        );
        const version = book.claims[one.claim] ?? '';
        if (before !== undefined) assert.equal(version, before);
        assert.equal(owners.get(version) ?? one.claim, one.claim, `${version} was given out twice`);
        owners.set(version, one.claim);
        gallery.push(version);
      }
    }),
  );
});

test('old claims are forgotten by name, their numbers never', () => {
  let book = newVersionBook(definition);
  const latest = { scheme: 'Latest', major: -1 } as const;
  for (let claim = 0; claim < 600; claim += 1)
    book = claimVersion(book, `run-${claim}`, (given) => nextVersion(latest, given, '', new Date()));
  assert.equal(Object.keys(book.claims).length, 500);
  assert.equal(new Set(book.numbers).size, 600);
  assert.equal(
    claimVersion(book, 'run-0', (given) => nextVersion(latest, given, '', new Date())).claims['run-0'],
    '0.0.601',
  );
});
