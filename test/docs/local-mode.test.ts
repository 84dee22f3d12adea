import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { read } from './blocks.ts';

test('docs/local-mode.md names every image that simulated machines are offered', () => {
  const page = read('docs/local-mode.md');
  for (const { publisher, offer, sku } of DEFAULT_PROFILE.simulated.images) {
    // The helper of ISO sources is no image for templates.
    if (publisher === 'kiln') continue;
    assert.ok(
      page.includes(`${publisher}:${offer}:${sku}\``) || page.includes(`\`${sku}\``),
      `${publisher}:${offer}:${sku}`,
    );
  }
});
