// A Chromium of this machine in front of the page, as its readers have it.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { localPageAddress } from '../../cli/connect/page-address.ts';
import { ROOT, type LocalKiln } from '../support/local-kiln.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  existsSync(file),
);

/** Why there is nothing to drive; false when there is. */
export const noBrowser: string | false =
  CHROMIUM === undefined ? 'no Chromium here: apt-get install chromium' : false;

/** Git ignores it. */
const SHOTS = path.join(ROOT, 'dist/screenshots');

/** Milliseconds that something on the page may take on a busy machine. */
export const PATIENCE = 20_000;

export function startBrowser(): Promise<Browser> {
  // As root Chromium has no sandbox; what it opens is our own page.
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--disable-gpu'] });
}

export type Watched = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the console said as an error, what was thrown and not caught, and what the policy of the page has forbidden. */
  readonly troubles: string[];
  /** Addresses of other origins that were asked for anything. */
  readonly foreign: string[];
};

/** A browser that nobody has used before, signed in, at a place of the page. */
export async function signedIn(
  browser: Browser,
  kiln: LocalKiln,
  to = '/ui/',
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const watched = watch(context, page, kiln);
  await page.goto(await localPageAddress(kiln.endpoints, to));
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  return watched;
}

export function watch(context: BrowserContext, page: Page, kiln: LocalKiln): Watched {
  const troubles: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  const own = [new URL(kiln.endpoints.api).origin, new URL(kiln.endpoints.tokenUrl).origin];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && !own.includes(origin)) foreign.push(request.url());
  });
  return { context, page, troubles, foreign };
}

/** The page as it is now, wide and narrow, for people to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: path.join(SHOTS, `${name}-${width}.png`), fullPage: true });
  }
  if (before !== null) await page.setViewportSize(before);
}
