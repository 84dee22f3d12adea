// What the page must not do: act on what it shows, offer what is not allowed, keep what opens doors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { managedImage, shell, template } from '../support/templates.ts';
import type { House } from './house.ts';

export function safety(house: House): void {
  const { place, open, button } = house;

  test('strings of an attacker do nothing but show', async () => {
    const { kiln, page, watched } = house;
    const evil = '<img src=x onerror=alert(1)>\u202e<script>alert(2)</script>';
    const lines = [
      "printf '<svg onload=alert(3)>'",
      '# kiln-simulate: stdout="\u001b[31mred\u001b[0m <img src=x onerror=alert(4)> \u001b]0;title\u0007 \u202egnp" exit=1',
    ];
    const body = template([shell('evil', ...lines)], [managedImage(house.subscription)]);
    const { body: submitted } = await kiln.submit('evil', {
      ...body,
      tags: { evil, link: 'javascript:alert(5)' },
    });
    assert.equal(submitted.properties.provisioningState, 'Succeeded', JSON.stringify(submitted));
    const run = await kiln.run('evil');
    page.on('dialog', (dialog) => watched.troubles.push(dialog.message()));
    await open(`${place('evil')}/runs/${run.id}`);
    const line = page.locator('.lines .line').filter({ hasText: 'onerror' }).first();
    await line.waitFor();
    assert.match(await line.innerText(), /red <img src=x onerror=alert\(4\)>.*⟨U\+202E⟩gnp/);
    assert.equal(await line.locator('.ansi-red').innerText(), 'red');
    await open(place('evil'));
    await page.getByText('The template, as the service keeps it').click();
    await page.locator('pre').getByText('javascript:alert(5)').waitFor();
    assert.equal(await page.locator('img, script:not([src]), iframe').count(), 0);
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  });

  test('a line of megabytes and a log of many lines leave the page quick', async () => {
    const { kiln, page } = house;
    const { body } = await kiln.api('GET', `${kiln.templatePath}/broken/runs`);
    const text = `${'x'.repeat(4_000_000)}\n${Array.from({ length: 20_000 }, (_, n) => `line ${n + 2}`).join('\n')}\n`;
    await page.route(/\/logs\/[^/]+\?offset=0/, (route) =>
      route.fulfill({ body: text, headers: { 'x-kiln-next-offset': String(text.length) } }),
    );
    await page.route(/offset=[1-9]/, (route) => route.fulfill({ body: '' }));
    await open(`${place('broken')}/runs/${body.value[0].id}`);
    await page.locator('#L20001').waitFor();
    assert.equal(await page.locator('.lines li').count(), 500);
    await open(`${place('broken')}/runs/${body.value[0].id}#L1`);
    await page.getByText('more characters').waitFor();
  });

  test('who may only read is offered nothing, and a token that is not good any more leads to signing in', async () => {
    const { page, watched } = house;
    await page.route(/\/overview\?/, async (route) => {
      const answer = await route.fetch();
      const overview = await answer.json();
      for (const one of overview.templates) one.may = ['read'];
      await route.fulfill({ response: answer, json: overview });
    });
    await page.reload();
    await page.getByRole('table', { name: 'Templates and their last runs' }).waitFor();
    assert.equal(await page.getByRole('button').count(), 0);
    const refusal = { error: { code: 'Unauthenticated', message: 'The token has expired. Get a new one.' } };
    await page.unroute(/\/overview\?/);
    await page.route(/\/overview\?/, (route) => route.fulfill({ status: 401, json: refusal }));
    await page.reload();
    await page.getByText('The token has expired.').waitFor();
    await page.unroute(/\/overview\?/);
    await button('Sign in').click();
    await page.getByRole('table', { name: 'Templates and their last runs' }).waitFor();
    watched.troubles.splice(0);
  });

  test('a token is renewed without the reader before it ends, and stays in the memory of the page', async () => {
    const { page } = house;
    await page.clock.install();
    await page.reload();
    await page.getByRole('heading', { name: 'Images' }).waitFor();
    const renewal = page.waitForRequest((request) =>
      (request.postData() ?? '').includes('grant_type=refresh_token'),
    );
    await page.clock.fastForward('58:00');
    assert.equal((await (await renewal).response())?.status(), 200);
    await page.getByRole('heading', { name: 'Images' }).waitFor();
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    assert.equal(kept, '[{},{},""]');
  });

  test('what answers in the place of Kiln is told with what to do on every page, and nobody is told to wait', async () => {
    const { page, watched, subscription } = house;
    const run = `${place('broken')}/runs/${subscription}`;
    const pages = ['/ui/queue', '/ui/doctor', place('broken'), `${place('broken')}/regions`, run];
    const more = [`${place('broken')}/trends`, `${place('broken')}/revisions`, `${run}/version`, '/ui/'];
    const answers = [
      { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' },
      { status: 503, body: '' },
      { status: 403, json: { message: 'blocked by a rule' } },
    ];
    for (const [index, to] of [...pages, ...more].entries()) {
      const answer = answers[index % answers.length];
      assert.ok(answer);
      await page.route(/\/providers\//, (route) => route.fulfill(answer));
      await open(to);
      const card = page.getByRole('region', { name: /was not answered|was refused/ }).first();
      await card.getByText(`Http${answer.status}`).waitFor();
      await card.getByText('What to do:').waitFor();
      await card.getByText('/health').waitFor();
      assert.equal(await page.getByText('Looking …').count(), 0, to);
      await page.unroute(/\/providers\//);
    }
    watched.troubles.splice(0);
  });
}
