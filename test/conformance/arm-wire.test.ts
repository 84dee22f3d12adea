// The local cloud against recorded exchanges with the real Resource Manager: same requests, same order, same answers.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEFAULT_PROFILE } from '../../local/azure/profile/defaults.ts';
import { cloudFixture, type CloudFixture, type RunningCloud } from '../local/azure/support.ts';
import { EXCEPTIONS, type Exception } from './arm-wire/exceptions.ts';
import { loadWorlds, skipArmWire } from './arm-wire/recording.ts';
import { Replay, type Finding } from './arm-wire/replay.ts';
import { imagesIn } from './arm-wire/seeds.ts';

const GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/group1/providers';

/** What a recording needs and never names in a request. */
const UNNAMED: Readonly<Record<string, readonly string[]>> = {
  '05': [`${GROUP}/Microsoft.Compute/virtualMachines/cli-test-vm000002`],
};

/** Slow enough that the first poll finds an operation running. */
const latencySeconds = {
  ...Object.fromEntries(Object.keys(DEFAULT_PROFILE.latencySeconds).map((kind) => [kind, 60])),
  CrossRegionSnapshotCopy: 1_000_000,
};

const notFound = {
  exit: 127,
  stderr:
    '/var/lib/waagent/run-command-handler/download/cmd-000003/0/script.sh: line 1: Write-Host: command not found',
};

const faults = [
  { match: { method: 'PUT', path: '*/virtualMachines/vm_000006' }, effect: 'agent-never-ready' },
];

function covers({ at, difference }: Exception, finding: Finding): boolean {
  const here = at.some(
    (place) => place === finding.at || (place.length === 2 && finding.at.startsWith(place)),
  );
  return here && difference.test(finding.difference);
}

describe('recorded exchanges with the Resource Manager', { skip: skipArmWire }, () => {
  let fixture: CloudFixture;
  let cloud: RunningCloud;
  const worlds = skipArmWire === false ? loadWorlds() : [];
  const seen = new Set<Exception>();

  before(async () => {
    fixture = await cloudFixture();
    const outcomes = [{ match: 'Write-Host', runs: [notFound] }];
    const simulated = { ...DEFAULT_PROFILE.simulated, images: imagesIn(worlds), outcomes };
    cloud = await fixture.start({ profile: { latencySeconds, coreQuota: 1000, faults, simulated } });
  });
  after(() => fixture[Symbol.asyncDispose]());

  test('are all there', () => {
    assert.ok(worlds.flatMap(({ exchanges }) => exchanges).length >= 349);
  });

  for (const world of worlds)
    test(`go the same way here: ${world.name}`, async () => {
      const findings = await new Replay(cloud, world).run(UNNAMED[world.name]);
      const unexplained = findings.filter((finding) => {
        const exception = EXCEPTIONS.find((candidate) => covers(candidate, finding));
        if (exception !== undefined) seen.add(exception);
        return exception === undefined;
      });
      assert.deepEqual(
        unexplained.map(({ at, call, difference }) => `${at} ${call}\n  ${difference}`),
        [],
      );
    });

  test('every exception still occurs', () => {
    const gone = EXCEPTIONS.filter((exception) => !seen.has(exception));
    assert.deepEqual(
      gone.map(({ at, reason }) => `${at.join(' ')}: ${reason}`),
      [],
    );
  });
});
