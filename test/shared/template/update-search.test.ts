import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseTemplate } from '../../../shared/template/parse.ts';
import { NEWEST } from '../../../shared/template/versions/all.ts';
import { filterProblem, searchProblem } from '../../../shared/template/update-search.ts';
import { sampleBody, SUBSCRIPTION } from '../../support/api.ts';

const REF = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name: 'web' };

test('search criteria that Windows documents, or that people use, pass', () => {
  for (const criteria of [
    'BrowseOnly=0 and IsInstalled=0',
    'IsInstalled=0',
    "IsInstalled=0 and Type='Software' and IsHidden=0",
    "( IsInstalled = 0 and IsHidden = 0 ) or (IsPresent=1 and UpdateID='a-b')",
    "CategoryIDs contains '0FA1201D-4330-4FA8-8AE9-B877473B6441'",
    'DeploymentAction=* and isinstalled = 0',
    "Type!='Driver' AND RebootRequired=1",
    '((IsInstalled=0))',
    'SomethingOfTheNextWindows=1',
  ])
    assert.equal(searchProblem(criteria), undefined, criteria);
});

test('search criteria that Windows cannot read are told with what is wrong', () => {
  for (const [criteria, words] of [
    ['IsInstaled=0', /"IsInstaled" is not a property .* "IsInstalled"/],
    ['IsInstalled==0', /neither a number nor a text/],
    ['IsInstalled', /After "IsInstalled" comes/],
    ['IsInstalled=0 and', /ends where a criterion belongs/],
    ['IsInstalled=0 BrowseOnly=0', /"BrowseOnly" stands where "and"/],
    ['IsInstalled=0 && BrowseOnly=0', /"&& BrowseOnly=0" cannot be read/],
    ['Type=Software', /neither a number nor a text/],
    ['(IsInstalled=0', /not closed/],
    ['IsInstalled=0)', /"\)" stands where/],
    ["Type='Software", /cannot be read/],
    ['$true', /cannot be read/],
  ] as const)
    assert.match(searchProblem(criteria) ?? 'nothing', words, criteria);
});

test('every text of criteria that is joined by the grammar passes, and none makes the check throw', () => {
  const criterion = fc.constantFrom('IsInstalled=0', "Type = 'Driver'", 'IsHidden =1', "UpdateID!='x y'");
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      criterion,
      tie('tree').map((inner) => `( ${inner} )`),
      fc
        .tuple(tie('tree'), fc.constantFrom('and', 'or', 'AND'), tie('tree'))
        .map(([left, joint, right]) => `${left} ${joint} ${right}`),
    ),
  }));
  fc.assert(fc.property(tree, (criteria) => assert.equal(searchProblem(criteria), undefined, criteria)));
  fc.assert(fc.property(fc.string(), (text) => void [searchProblem(text), filterProblem(text)]));
});

test('filters of PowerShell pass, and those that it could not read do not', () => {
  for (const filter of [
    "exclude:$_.Title -like '*Preview*'",
    'include:$true',
    ' Include : $_.Title -match "it\'s (a" ',
    '$_.BrowseOnly',
    "exclude:$_.Title -match 'a:b''c\"('",
    'include:@("a", "b`"") -contains $_.Title',
    'include:@{ a = @(1)[0] }.a # why (not',
  ])
    assert.equal(filterProblem(filter), undefined, filter);
  for (const [filter, words] of [
    ['exlude:$true', /"exlude" is neither .* "exclude"/],
    ['all:$true', /neither "include" nor "exclude"\. Write/],
    ['include:', /no expression/],
    ["exclude:$_.Title -like '*Preview*", /quotation mark/],
    ['include:($_.A', /"\)" is missing/],
    ['include:$_.A)', /"\)" closes nothing/],
    ['include:{($_.A})', /closes nothing/],
  ] as const)
    assert.match(filterProblem(filter) ?? 'nothing', words, filter);
});

test('all of them are told at submission, each with its pointer', () => {
  const step = {
    ...{ type: 'WindowsUpdate', searchCriteria: 'IsInstaled=0', updateLimit: 3_000_000_000 },
    filters: ['include:$true', 'exlude:$true'],
  };
  const customize = [step, { type: 'WindowsUpdate', searchCriteria: '', filters: [] }];
  const parsed = parseTemplate(sampleBody({ customize }), NEWEST, REF);
  assert.ok(!parsed.ok);
  const at = '/properties/customize/0';
  const found = parsed.failures.map(({ target }) => target ?? '').toSorted();
  assert.deepEqual(found, [`${at}/filters/1`, `${at}/searchCriteria`, `${at}/updateLimit`]);
});
