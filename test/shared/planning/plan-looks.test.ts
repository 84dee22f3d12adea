// Where an image is looked at for leftovers of its build, and what a finding does there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TemplateProperties, Validation } from '../../../shared/model/template.ts';
import { planLooks, type WhereToLook } from '../../../shared/planning/plan-looks.ts';

const validate: Validation = {
  continueDistributeOnFailure: false,
  sourceValidationOnly: false,
  validators: [],
};
const VALIDATOR = { type: 'Shell', name: 'v', script: { kind: 'inline', lines: ['true'] } } as const;
const where: WhereToLook = { bootable: true, specialized: false, byDefault: true, inSmokeBoots: false };

const looks = (properties: Partial<TemplateProperties>, more: Partial<WhereToLook> = {}) =>
  planLooks(properties as TemplateProperties, { ...where, ...more });
const ofValidation = (more: Partial<Validation>) => ({ validate: { ...validate, ...more } });
const OURS = { hygieneByDefault: 'fail' } as const;
const OFFICIAL = { hygieneByDefault: 'warn' } as const;

test('an image of our own version is booted for hygiene before it goes out, one of an official version beside that', () => {
  assert.deepEqual(looks(OURS), {
    validation: { on: 'image', continueOnFailure: false, hygiene: 'fail' },
  });
  assert.deepEqual(looks(OFFICIAL), { look: true });
});

test('what the template says wins over what its version stands for', () => {
  assert.deepEqual(looks({ ...OURS, ...ofValidation({ hygiene: 'off' }) }), {});
  assert.deepEqual(looks({ ...OURS, ...ofValidation({ hygiene: 'warn' }) }), { look: true });
  assert.equal(looks({ ...OFFICIAL, ...ofValidation({ hygiene: 'fail' }) }).validation?.hygiene, 'fail');
});

test('a machine that boots the image anyway is asked, and none is booted beside it', () => {
  const validators = [VALIDATOR];
  assert.deepEqual(looks({ ...OFFICIAL, ...ofValidation({ validators }) }), {
    validation: { on: 'image', continueOnFailure: false, hygiene: 'warn' },
  });
  assert.deepEqual(looks({ ...OURS, ...ofValidation({ validators, hygiene: 'off' }) }), {
    validation: { on: 'image', continueOnFailure: false },
  });
  assert.deepEqual(looks(OURS, { inSmokeBoots: true }), { smokeHygiene: 'fail' });
  assert.deepEqual(looks({ ...OFFICIAL, ...ofValidation({ validators }) }, { inSmokeBoots: true }), {
    validation: { on: 'image', continueOnFailure: false, hygiene: 'warn' },
    smokeHygiene: 'warn',
  });
});

test('what may be distributed all the same stops no ring', () => {
  const passing = ofValidation({ continueDistributeOnFailure: true });
  assert.deepEqual(looks({ ...OURS, ...passing }, { inSmokeBoots: true }), { smokeHygiene: 'warn' });
});

test('a deployment may boot none by itself; what a template asks for it boots', () => {
  assert.deepEqual(looks(OURS, { byDefault: false }), {});
  assert.deepEqual(looks({ ...OFFICIAL, ...ofValidation({ hygiene: 'warn' }) }, { byDefault: false }), {
    look: true,
  });
});

test('a template of before there was a default is looked at where it was then', () => {
  assert.deepEqual(looks({}), {});
  assert.equal(looks(ofValidation({ validators: [VALIDATOR] })).validation?.hygiene, 'warn');
});

test('nothing looks where nothing can', () => {
  assert.deepEqual(looks(OURS, { bootable: false }), {});
  assert.deepEqual(looks(OURS, { bootable: false, specialized: true, inSmokeBoots: true }), {});
  assert.deepEqual(looks(OURS, { bootable: false, inSmokeBoots: true }), { smokeHygiene: 'fail' });
  assert.deepEqual(looks({ ...OURS, ...ofValidation({ validators: [VALIDATOR] }) }, { bootable: false }), {
    validation: { on: 'build', continueOnFailure: false },
  });
  assert.deepEqual(looks({ ...OURS, ...ofValidation({ sourceValidationOnly: true }) }), {
    validation: { on: 'source', continueOnFailure: false },
  });
});
