// The page as people use it: Chromium against local mode with simulated machines.
import { after, afterEach, before, beforeEach, describe } from 'node:test';
import { acts } from './acts.ts';
import { noBrowser } from './browser.ts';
import { everybody } from './everybody.ts';
import { House } from './house.ts';
import { large } from './large.ts';
import { runs } from './runs.ts';
import { safety } from './safety.ts';
import { serving } from './serving.ts';

describe('the web page', { skip: noBrowser }, () => {
  const house = new House();
  before(() => house.start({ replication: { regions: { uksouth: { failTimes: 4 } } } }));
  after(() => house.stop());

  describe('its files', () => serving(house));

  describe('in a browser', () => {
    beforeEach(() => house.enter());
    afterEach(() => house.leave());
    runs(house);
    acts(house);
    safety(house);
    large(house);
    // Last: it goes through what the others have left.
    everybody(house);
  });
});
