// What the page can do beside building: each says what happens before it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceBusClient } from '@azure/service-bus';
import { makeDefinition } from '../support/distribution.ts';
import { managedImage, shell, template } from '../support/templates.ts';
import { shoot } from './browser.ts';
import type { House } from './house.ts';

export function acts(house: House): void {
  const { place, open, reload, button, sees, confirm } = house;

  test('what a failed run has kept is given more time, and then released', async () => {
    const { kiln, page, subscription } = house;
    const body: any = template(
      [shell('bad', '# kiln-simulate: exit=3')],
      [managedImage(subscription, 'kept')],
    );
    body.properties.errorHandling = { onCustomizerError: 'abort', lease: '2h' };
    await kiln.submit('kept', body);
    const run = await kiln.run('kept');
    await reload();
    const kept = page.getByRole('region', { name: 'Kept after a failure' });
    await kept.getByText(run.stagingGroup).waitFor();
    await button('Keep longer').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For how long').selectOption('72h');
    await dialog.getByText('stays, and costs, for 72h from now').waitFor();
    await shoot(page, 'keep-longer');
    await confirm('Keep longer');
    await dialog.waitFor({ state: 'hidden' });
    const longer = await kiln.api('GET', `${kiln.templatePath}/kept/runs/${run.id}`);
    assert.ok(Date.parse(longer.body.keptUntil) - Date.now() > 71 * 3_600_000, longer.body.keptUntil);
    await open(`${place('kept')}/runs/${run.id}`);
    await button('Release it').click();
    await dialog.getByText('Nobody can look into it or retry from it any more.').waitFor();
    await confirm('Release it');
    await dialog.waitFor({ state: 'hidden' });
    const group = `/subscriptions/${subscription}/resourcegroups/${run.stagingGroup}`;
    await kiln.until('the end of the group', async () =>
      (await kiln.arm('GET', group, '2024-07-01')).status === 404 ? true : undefined,
    );
    await button('Release it').waitFor({ state: 'hidden' });
  });

  test('the image of a run goes to one more target, and what is wrong with it is said before', async () => {
    const { kiln, page, subscription } = house;
    await makeDefinition(kiln, 'more');
    await makeDefinition(kiln, 'first');
    const gallery = (name: string) =>
      `/subscriptions/${subscription}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images/${name}`;
    const target = {
      ...{ type: 'SharedImage', runOutputName: 'first', galleryImageId: gallery('first') },
      targetRegions: [{ name: 'westeurope' }],
    };
    await kiln.submit('more', template([shell('a', 'true')], [target]));
    const run = await kiln.run('more');
    assert.equal(run.state, 'Succeeded', run.message);
    await open(`${place('more')}/runs/${run.id}`);
    await button('Distribute to another target').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name of the run output').fill('second');
    await dialog.getByLabel('Id of the gallery').fill('/nowhere');
    await confirm('Distribute to another target');
    await dialog.getByText('/distribute/0/galleryImageId').first().waitFor();
    await dialog.getByLabel('Id of the gallery').fill(gallery('more'));
    await dialog.getByLabel('Regions').fill('westeurope, northeurope');
    await dialog.getByText('a new version more in westeurope, northeurope, run output second').waitFor();
    await shoot(page, 'distribute');
    await confirm('Distribute to another target');
    await dialog.waitFor({ state: 'hidden' });
    const done = await kiln.until('the second output', async () => {
      const found = (await kiln.api('GET', `${kiln.templatePath}/more/runs/${run.id}`)).body;
      return found.endTime !== undefined && found.outputs.length === 2 ? found : undefined;
    });
    assert.equal(done.state, 'Succeeded', done.message);
    await sees('second');
  });

  test('a message that nobody could carry out is sent again, and another is given up', async () => {
    const { kiln, page } = house;
    const client = new ServiceBusClient(kiln.endpoints.serviceBus);
    const sender = client.createSender('build-requests');
    await sender.sendMessages([
      { body: { templateId: `${kiln.templatePath}/later` }, messageId: 'mended' },
      { body: 'no request', messageId: 'unread' },
    ]);
    const letters = async () =>
      (await kiln.api('GET', '/providers/Microsoft.VirtualMachineImages/deadLetters')).body.value;
    await kiln.until('the dead letters', async () => ((await letters()).length === 2 ? true : undefined));
    await open('/ui/queue');
    const row = (id: string) => page.locator('tr', { hasText: id });
    await row('unread').getByText('What it says').click();
    await row('unread').getByText('no request').waitFor();
    await shoot(page, 'queue');
    await open('/ui/doctor');
    await page.locator('tr', { hasText: 'Dead letters' }).getByText('2, the oldest since').waitFor();
    await shoot(page, 'doctor');
    await open('/ui/queue');
    await row('unread').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByText('Message unread is deleted.').waitFor();
    await confirm('Discard');
    await row('unread').waitFor({ state: 'detached' });
    await row('mended').getByRole('button', { name: 'Resubmit' }).click();
    await page.getByRole('dialog').getByText('goes to the queue again, as the same request').waitFor();
    await confirm('Resubmit');
    // Its template is not there yet, so that it comes back as another message.
    await kiln.until('its second failure', async () => {
      const [one] = await letters();
      return String(one?.messageId).startsWith('mended#resubmitted-') ? true : undefined;
    });
    await Promise.all([sender.close(), client.close()]);
  });
}
