import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logName, stagingGroupName } from '../../../shared/planning/names.ts';
import { runId } from '../../../shared/model/convert.ts';

const run = runId('0b7c3f6e-1111-4222-8333-944445555666');

test('a staging group is named after destination group, template and run', () => {
  assert.equal(stagingGroupName('images', 'debian-web', run), 'IT_images_debian-web_0b7c3f6e1111');
});

test('a staging group name is always one that Azure accepts and always ends with the run', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 120 }),
      fc.string({ minLength: 1, maxLength: 64 }),
      fc.uuid(),
      (group, template, id) => {
        const name = stagingGroupName(group, template, runId(id));
        assert.match(name, /^IT_[A-Za-z0-9_.-]{1,87}$/);
        assert.ok(name.length <= 90 && name.endsWith(id.replaceAll('-', '').slice(0, 12)));
      },
    ),
  );
});

test('logs sort in the order of the steps and survive any step name', () => {
  assert.equal(logName(2, 'Install nginx & co'), '03-install-nginx-co');
  fc.assert(
    fc.property(fc.nat(98), fc.string(), (index, name) =>
      assert.match(logName(index, name), /^\d\d-[a-z0-9-]{1,40}$/),
    ),
  );
});
