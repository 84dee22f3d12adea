import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Azurite, startAzurite } from '../support/azurite.ts';
import { Api, type Issuer, startIssuer } from '../support/api.ts';
import { fullBody } from '../support/sample-templates.ts';
import { checkAnswers } from './official/answers.ts';
import { judgeExamples, judgeTemplates, OFFICIAL, specOf } from './official/compare.ts';
import { compare } from './official/differences.ts';
import { skipReason } from './official/swagger.ts';

describe('the official descriptions of Azure VM Image Builder', { skip: skipReason }, () => {
  test('are read so that they refuse what is wrong', () => {
    for (const version of OFFICIAL) {
      const spec = specOf(version);
      assert.ok(spec.problemsOfBody('template', {}).length > 0, version);
      const { location: _location, ...rest } = fullBody();
      assert.ok(spec.problemsOfBody('template', rest).length > 0, version);
      const odd = fullBody();
      odd.properties['customize'] = [{ type: 'Reboot' }];
      assert.match(JSON.stringify(spec.problemsOfBody('template', odd)), /Reboot/, version);
    }
    const unknown = { ...fullBody(), unknown: 1 };
    assert.match(JSON.stringify(specOf('2024-02-01').problemsOfBody('template', unknown)), /unknown/);
  });

  test('agree with Kiln about every example of every version, or the reason is known', () => {
    const { agree, differences, unexplained } = compare(judgeExamples());
    assert.deepEqual(unexplained, []);
    assert.deepEqual(differences, { 'Kiln refuses: nothing is fetched over plain http': 1 });
    assert.equal(agree, 32);
  });

  test('agree with Kiln about the public templates, or the reason is known', () => {
    const { verdicts, unreadable } = judgeTemplates();
    const { agree, differences, unexplained } = compare(verdicts);
    assert.deepEqual(unexplained, []);
    // A new difference is either a defect or a line here, with the reason in differences.ts.
    assert.deepEqual(differences, {
      'Kiln accepts: names and types in another case, as the service did before 2024-02-01': 3,
      'Kiln accepts: types that the service took in 2019-05-01-preview, though its description lacks them': 3,
      'Kiln refuses: an identity of type UserAssigned without an id (the service does too, by its documentation)': 3,
      'Kiln refuses: text with no form in the description that could never be an id, a region or a checksum': 2,
    });
    assert.equal(agree, 106);
    assert.equal(verdicts.length + unreadable.length, 118);
    assert.equal(unreadable.length, 1);
  });

  describe('hold for the answers of', () => {
    let azurite: Azurite;
    let issuer: Issuer;
    before(async () => {
      [azurite, issuer] = await Promise.all([startAzurite(), startIssuer()]);
    });
    after(async () => {
      issuer.stop();
      await azurite.stop();
    });
    for (const version of OFFICIAL)
      test(version, async () => {
        const { answers, problems } = await checkAnswers(await Api.start(issuer, azurite), version);
        assert.deepEqual(problems, []);
        assert.ok(answers >= 13, String(answers));
      });
  });
});
