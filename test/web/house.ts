// One local mode and one browser for all tests of the page, and the words that they share.
import assert from 'node:assert/strict';
import type { Browser, Locator, Page } from 'playwright-core';
import { LocalKiln } from '../support/local-kiln.ts';
import { signedIn, startBrowser, type Watched } from './browser.ts';

/** What of the console is Chromium's own word on an answer that the page has shown. */
const TOLD = /the server responded with a status of (?:400|404|409)/;

export class House {
  #kiln: LocalKiln | undefined;
  #browser: Browser | undefined;
  #watched: Watched | undefined;

  async start(profile: object): Promise<void> {
    [this.#kiln, this.#browser] = await Promise.all([LocalKiln.start({ profile }), startBrowser()]);
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#kiln?.stop();
  }

  /** A reader whom nobody has seen before. */
  async enter(): Promise<void> {
    assert.ok(this.#browser);
    this.#watched = await signedIn(this.#browser, this.kiln);
  }

  async leave(): Promise<void> {
    const { troubles, foreign, context } = this.watched;
    await context.close();
    const untold = troubles.filter((one) => !TOLD.test(one));
    assert.deepEqual(untold, [], 'the console is quiet, and nothing was forbidden');
    assert.deepEqual(foreign, [], 'nobody else is asked for anything');
  }

  get kiln(): LocalKiln {
    assert.ok(this.#kiln);
    return this.#kiln;
  }

  get watched(): Watched {
    assert.ok(this.#watched);
    return this.#watched;
  }

  get page(): Page {
    return this.watched.page;
  }

  get subscription(): string {
    return this.kiln.endpoints.subscriptionId;
  }

  place = (name: string): string => `/ui/images/${this.subscription}/images/${name}`;

  /** As a link within the page does. */
  open = (to: string): Promise<unknown> =>
    this.page.evaluate(
      `history.pushState(null, '', ${JSON.stringify(to)}); dispatchEvent(new PopStateEvent('popstate'))`,
    );

  /** A full load, as who follows a link has it: the session lets the reader in without a word. */
  signedInAt = async (to: string): Promise<void> => {
    await this.page.goto(`${this.kiln.endpoints.api}${to}`);
    await this.page.getByRole('navigation', { name: 'Pages' }).waitFor();
  };

  /** While nothing goes on the page looks each 15 seconds. */
  reload = async (): Promise<void> => {
    await this.page.reload();
    await this.page.getByRole('navigation', { name: 'Pages' }).waitFor();
  };

  button = (name: string | RegExp): Locator => this.page.getByRole('button', { name, exact: true });

  sees = (text: string | RegExp): Promise<void> =>
    this.page.locator('#main').getByText(text).first().waitFor();

  /** As whoever has no mouse. */
  press = async (at: Locator, key = 'Enter'): Promise<void> => {
    await at.focus();
    await this.page.keyboard.press(key);
  };

  confirm = (name: string): Promise<void> =>
    this.press(this.page.getByRole('dialog').getByRole('button', { name, exact: true }));
}
