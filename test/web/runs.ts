// Runs as people start, follow and judge them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDefinition, sharedImage } from '../support/distribution.ts';
import { managedImage, shell, template } from '../support/templates.ts';
import { auditPage } from './axe.ts';
import { shoot } from './browser.ts';
import type { House } from './house.ts';

export function runs(house: House): void {
  const { place, open, signedInAt, reload, button, sees, confirm, press } = house;

  test('a run is started and followed to its image with the keyboard alone', async () => {
    const { kiln, page } = house;
    await kiln.submit(
      'keys',
      template([shell('hello', 'echo hello')], [managedImage(house.subscription, 'keys')]),
    );
    await reload();
    await sees('keys');
    await page.locator('tr', { hasText: 'keys' }).getByRole('button', { name: 'Run' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Kiln builds revision 1 of keys').waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Leave it', 'the safe one first');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page
      .locator('tr', { hasText: 'keys' })
      .getByRole('link', { name: /running|succeeded/ })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
    await page.locator('dl.facts').getByText('succeeded').waitFor();
    await sees('keys-image');
    assert.match(await page.locator('[role=status]').innerText(), /Run of keys: Succeeded/);
    await shoot(page, 'run');
  });

  test('a failure says code, cause and remedy, shows the failing step, and a line has an address', async () => {
    const { kiln, page } = house;
    const lines = ['# kiln-simulate: exit=3 stdout="the disk is full" stderr="giving up"'];
    await kiln.submit(
      'broken',
      template([shell('good', 'true'), shell('bad', ...lines)], [managedImage(house.subscription)]),
    );
    const run = await kiln.run('broken');
    await reload();
    await sees('Failed since yesterday');
    await open(`${place('broken')}/runs/${run.id}`);
    const card = page.getByRole('region', { name: 'The run failed' });
    await card.getByText(run.error.code).waitFor();
    await card.getByText(run.error.remedy).waitFor();
    await page.locator('.lines').getByText('the disk is full').waitFor();
    await press(page.getByRole('link', { name: 'Line 1', exact: true }));
    assert.match(page.url(), /#L1$/);
    assert.equal(await page.locator('.wanted').getAttribute('id'), 'L1');
    await signedInAt(new URL(page.url()).pathname + new URL(page.url()).hash);
    await page.locator('.wanted').waitFor();
    await page.getByLabel('Search').fill('nothing of this');
    await page.getByText('0 of').waitFor();
    assert.match(page.url(), /find=nothing/);
    await shoot(page, 'run-failed');
  });

  test('a log grows with its run, and is asked for only when it has grown', async () => {
    const { kiln, page } = house;
    const lines = ['one', 'two'].map((word) => `# kiln-simulate: seconds=3 stdout="line ${word}"`);
    const steps = [shell('talks', ...lines, '# kiln-simulate: seconds=3')];
    await kiln.submit('talks', template(steps, [managedImage(house.subscription, 'talks')]));
    await kiln.api('POST', `${kiln.templatePath}/talks/run`);
    const run = await kiln.until('the run', async () => {
      const { body } = await kiln.api('GET', `${kiln.templatePath}/talks/runs`);
      return body.value[0]?.id;
    });
    const asked: string[] = [];
    page.on('request', (request) => /\/logs\/.*offset=/.test(request.url()) && asked.push(request.url()));
    await open(`${place('talks')}/runs/${run}`);
    await page.locator('.lines').getByText('line two').waitFor();
    await kiln.ended('talks');
    await page.locator('dl.facts').getByText('succeeded').waitFor();
    // The log that is shown changes with the step: each place of a log is asked for once.
    assert.equal(new Set(asked).size, asked.length, asked.join('\n'));
  });

  test('a ring is approved by the keyboard, and the next one gets the version', async () => {
    const { kiln, page } = house;
    await makeDefinition(kiln, 'gated');
    const rings = [{ regions: ['westeurope'], approval: true }, { regions: ['northeurope'] }];
    const target = sharedImage(house.subscription, 'gated', {
      regions: ['westeurope', 'northeurope'],
      rings,
    });
    await kiln.submit('gated', template([shell('a', 'true')], [target]));
    await kiln.api('POST', `${kiln.templatePath}/gated/run`);
    await reload();
    await page.getByRole('heading', { name: 'Waits for an approval' }).waitFor();
    await shoot(page, 'now');
    await button('Approve ring 1').focus();
    await page.keyboard.press('Space');
    await page.getByRole('dialog').getByText('from ring 1 to the regions of ring 2').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    const run = await kiln.ended('gated');
    assert.equal(run.state, 'Succeeded', run.message);
    await open(`${place('gated')}/regions`);
    await page.locator('table.matrix').getByText('northeurope').waitFor();
    await sees('every region has it.');
  });

  test('a region that failed is seen, and retried from what the run has built', async () => {
    const { kiln, page } = house;
    await makeDefinition(kiln, 'spread');
    const target = sharedImage(house.subscription, 'spread', { regions: ['westeurope', 'uksouth'] });
    await kiln.submit('spread', template([shell('a', 'true')], [target]));
    const run = await kiln.run('spread');
    assert.equal(run.state, 'PartiallySucceeded', run.message);
    await open(`${place('spread')}/regions`);
    await sees('uksouth lacks it.');
    await page.locator('table.matrix td').first().focus();
    await page.keyboard.press('ArrowDown');
    assert.match(await page.evaluate<string>('document.activeElement.textContent'), /Completed|Failed/);
    await shoot(page, 'regions');
    await press(button('Retry what failed'));
    await page.getByRole('dialog').getByText('Nothing is built anew.').waitFor();
    await confirm('Retry what failed');
    await sees('every region has it.');
    await kiln.ended('spread');
  });

  test('a run is canceled, and what refuses says why in the words of the API', async () => {
    const { kiln, page, watched } = house;
    await kiln.submit(
      'slow',
      template([shell('slow', '# kiln-simulate: seconds=300')], [managedImage(house.subscription)]),
    );
    await kiln.api('POST', `${kiln.templatePath}/slow/run`);
    await reload();
    await page.getByText('customize: slow').waitFor();
    await shoot(page, 'now-running');
    const refusal = {
      error: { code: 'OperationNotAllowed', message: 'It is too late.', remedy: 'Come earlier.' },
    };
    await page.route(/\/cancel\?/, (route) => route.fulfill({ status: 409, json: refusal }), { times: 1 });
    await press(button('Cancel the run'));
    await confirm('Cancel the run');
    await page.getByRole('dialog').getByText('Come earlier.').waitFor();
    await confirm('Cancel the run');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const run = await kiln.ended('slow');
    assert.equal(run.state, 'Canceled');
    // Chromium writes every refused request down; the page has shown this one.
    watched.troubles.splice(0);
  });

  test('what is in an image is read, and what changed since the one before', async () => {
    const { kiln, page } = house;
    const run = await kiln.run('keys');
    await open(`${place('keys')}/runs/${run.id}`);
    await press(page.getByRole('link', { name: 'What is in the image' }));
    await page.getByRole('table', { name: 'packages' }).waitFor();
    await page.getByText('A simulated machine has made this image').waitFor();
    await press(page.getByRole('link', { name: 'Changes' }));
    await sees('packages added');
    assert.match(page.url(), /part=diff/);
    await press(page.getByRole('link', { name: 'Against its source' }));
    await sees('Against the source');
    await shoot(page, 'version');
    const finding = {
      id: 'DEBIAN-CVE-2026-1',
      aliases: ['CVE-2026-1'],
      package: 'openssl',
      version: '3.0.11',
    };
    const report = {
      ...{ os: 'Debian 12', ecosystem: 'Debian:12', notCovered: ['2 snaps were not looked at.'] },
      database: { ecosystem: 'Debian:12', fetchedAt: '2026-01-01T00:00:00Z', advisories: 70_000 },
      ...{ counts: { critical: 1 }, findings: [{ ...finding, severity: 'critical', fixed: '3.0.12' }] },
    };
    await page.route(/\/vulnerabilities\?/, (route) => route.fulfill({ json: report }));
    await press(page.getByRole('link', { name: 'Vulnerabilities' }));
    await page.locator('tr', { hasText: 'CVE-2026-1' }).getByText('3.0.12').waitFor();
    await sees('1 of 1 have a fix.');
    await shoot(page, 'vulnerabilities');
    assert.deepEqual(await auditPage(page), []);
  });

  test('what somebody changed in a template is read line by line, and an image beside what is made of it', async () => {
    const { kiln, page, subscription } = house;
    await makeDefinition(kiln, 'base');
    const base = (line: string) =>
      template([shell('one', line)], [sharedImage(subscription, 'base', { regions: ['westeurope'] })]);
    await kiln.submit('base', base('echo old'));
    await kiln.submit('base', base('echo new'));
    const derived: any = template([shell('a', 'true')], [managedImage(subscription, 'derived')]);
    const gallery = `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens`;
    await kiln.run('base');
    derived.properties.source = {
      ...{ type: 'SharedImageVersion', imageVersionId: `${gallery}/images/base/versions/latest` },
    };
    await kiln.submit('derived', derived);
    await open(place('base'));
    const family = page.getByRole('table', { name: 'Images that this one is made from' });
    await family.getByRole('link', { name: 'derived' }).waitFor();
    await shoot(page, 'image');
    await press(page.getByRole('link', { name: 'Revisions' }));
    await page.locator('pre.diff .removed').getByText('echo old').waitFor();
    await page.locator('pre.diff .added').getByText('echo new').waitFor();
    await shoot(page, 'revisions');
    await press(page.getByRole('link', { name: 'from 2' }));
    await sees('Nothing is different.');
    assert.match(page.url(), /from=2/);
  });
}
