import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { API_VERSIONS } from '../../../shared/template/versions/all.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { aBody, SUBSCRIPTION } from './world.ts';

const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

function pointers(change: (body: any) => void, version = NEWEST): (string | undefined)[] {
  const body = aBody();
  change(body);
  const parsed = parseTemplate(body, version, REF);
  return parsed.ok ? [] : parsed.failures.map(({ target }) => target);
}

const zoned = (timeZone: string) => (body: any) => {
  body.properties.refresh = { schedule: { cron: '0 3 * * SUN', timeZone } };
};

test('every name of a time zone that the platform formats is taken, the ones of today too', () => {
  for (const zone of [
    ...Intl.supportedValuesOf('timeZone'),
    ...[
      'Asia/Kolkata',
      'Europe/Kyiv',
      'America/Argentina/Buenos_Aires',
      'Asia/Ho_Chi_Minh',
      'Asia/Kathmandu',
    ],
    ...['Asia/Yangon', 'America/Nuuk', 'UTC', 'Etc/UTC', 'US/Pacific'],
  ])
    assert.deepEqual(pointers(zoned(zone)), [], zone);
});

test('what is no name of a time zone is refused at its field', () => {
  for (const zone of ['Berlin', 'Europe/Atlantis', '+01:00', '', 'Europe/Berlin; x'])
    assert.deepEqual(pointers(zoned(zone)), ['/properties/refresh/schedule/timeZone'], zone);
});

test('a run output is not called . or .., which are no names in a URL, in any api-version', () => {
  for (const version of API_VERSIONS)
    for (const name of ['.', '..']) {
      const found = pointers((body) => {
        body.properties.distribute[0].runOutputName = name;
      }, version);
      assert.ok(found.includes('/properties/distribute/0/runOutputName'), `${version.name} ${name}`);
    }
  for (const name of ['...', '.a', 'a..'])
    assert.deepEqual(
      pointers((body) => (body.properties.distribute[0].runOutputName = name)),
      [],
      name,
    );
});
