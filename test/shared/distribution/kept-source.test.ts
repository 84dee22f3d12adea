import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keptSourceId } from '../../../shared/distribution/kept-source.ts';
import { runId } from '../../../shared/model/convert.ts';
import { parseResourceId } from '../../../shared/model/ids.ts';

const subscription = '00000000-0000-4000-8000-000000000001';
const group = `/subscriptions/${subscription}/resourceGroups/images`;
const targetOf = (definition: string, index = 0): any => ({
  index,
  galleryImageId: `${group}/providers/Microsoft.Compute/galleries/goldens/images/${definition}`,
});
const planOf = (id: string): any => ({ run: { runId: runId(id) } });
const ID = '4a4965c8-4543-4b94-b6ee-5fd70c860e0d';

test('the source of a shallow version is an image beside its gallery, named by definition, run and target', () => {
  assert.equal(
    keptSourceId(planOf(ID), targetOf('debian-web', 3)),
    `${group}/providers/Microsoft.Compute/images/debian-web-4a4965c84543-3`,
  );
});

test('its name is one that Azure takes, however long that of the definition is, and another for every run and target', () => {
  const definition = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/);
  fc.assert(
    fc.property(definition, fc.uuid(), fc.uuid(), fc.nat(20), (name, one, other, index) => {
      const id = keptSourceId(planOf(one), targetOf(name, index));
      assert.ok((parseResourceId(id)?.names.at(-1)?.length ?? 81) <= 80, id);
      assert.notEqual(id, keptSourceId(planOf(one), targetOf(name, index + 1)));
      if (one.replaceAll('-', '').slice(0, 12) !== other.replaceAll('-', '').slice(0, 12))
        assert.notEqual(id, keptSourceId(planOf(other), targetOf(name, index)));
    }),
  );
});
