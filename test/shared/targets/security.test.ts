import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../../shared/ports/azure.ts';
import type { ResolvedSource } from '../../../shared/model/plan.ts';
import type { Fit } from '../../../shared/targets/fit.ts';
import { machineSecurity, targetProblems } from '../../../shared/targets/compatibility.ts';
import { assertNone } from '../../../shared/model/problem.ts';
import { region, resourceId } from '../../../shared/model/convert.ts';

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const GALLERY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.Compute/galleries/goldens/images`;
const westeurope = region('westeurope');

const sourceOf = (
  kind: 'marketplace' | 'resource' | 'iso',
  more: Partial<ResolvedSource> = {},
): ResolvedSource => ({
  image: { kind } as any,
  generation: 'V2',
  osType: 'Linux',
  architecture: 'x64',
  description: kind,
  ...more,
});
const SOURCES = {
  marketplace: sourceOf('marketplace', { securityType: 'TrustedLaunchAndConfidentialVmSupported' }),
  'marketplace, no feature': sourceOf('marketplace'),
  'managed image': sourceOf('resource'),
  'version, Supported': sourceOf('resource', { securityType: 'TrustedLaunchSupported' }),
  'version, TrustedLaunch': sourceOf('resource', { securityType: 'TrustedLaunch' }),
  ISO: sourceOf('iso'),
};

function fitOf(source: ResolvedSource, targets: readonly any[], definition: Partial<Definition> = {}): Fit {
  const galleryImageId = resourceId(`${GALLERY}/web`);
  const defaults = { osType: 'Linux', architecture: 'x64', generation: 'V2', generalized: true } as const;
  const found = {
    ...defaults,
    id: galleryImageId,
    location: 'westeurope',
    securityType: 'Standard',
    ...definition,
  };
  return {
    subscriptionId: SUBSCRIPTION,
    template: { location: westeurope, properties: { distribute: targets } },
    source,
    definitions: new Map([[galleryImageId.toLowerCase(), found]]),
    now: new Date('2026-11-25T00:00:00Z'),
  };
}

const version = {
  type: 'SharedImage',
  galleryImageId: `${GALLERY}/web`,
  targetRegions: [{ name: westeurope }],
  rings: [{ regions: [westeurope], smokeBoot: false, approval: false }],
  replicationMode: 'Full',
};
const managed = { type: 'ManagedImage', location: westeurope };
const vhd = { type: 'VHD' };

/** The machine that is built, or `-` for a refusal. */
function machineFor(fit: Fit): string {
  try {
    assertNone(targetProblems(fit));
    return machineSecurity(fit);
  } catch {
    return '-';
  }
}

// https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal
const TABLE: Record<keyof typeof SOURCES, [string, string, string, string, string, string]> = {
  // definition: Standard, TrustedLaunchSupported, TrustedLaunch, ConfidentialVM; then a managed image and a VHD
  marketplace: ['Standard', 'Standard', 'TrustedLaunch', '-', 'Standard', 'Standard'],
  'marketplace, no feature': ['Standard', 'Standard', '-', '-', 'Standard', 'Standard'],
  'managed image': ['Standard', 'Standard', '-', '-', 'Standard', 'Standard'],
  'version, Supported': ['Standard', 'Standard', 'TrustedLaunch', '-', 'Standard', 'Standard'],
  'version, TrustedLaunch': ['-', '-', 'TrustedLaunch', '-', '-', 'TrustedLaunch'],
  ISO: ['Standard', 'Standard', '-', '-', 'Standard', 'Standard'],
};

for (const [name, source] of Object.entries(SOURCES) as [keyof typeof SOURCES, ResolvedSource][])
  test(`${name} goes to the targets that take its machine, and is refused for the others`, () => {
    const definitions = ['Standard', 'TrustedLaunchSupported', 'TrustedLaunch', 'ConfidentialVM'];
    const machines = definitions.map((securityType) =>
      machineFor(fitOf(source, [version], { securityType })),
    );
    assert.deepEqual(
      [...machines, machineFor(fitOf(source, [managed])), machineFor(fitOf(source, [vhd]))],
      TABLE[name],
    );
  });

test('a specialized definition that only supports trusted launch is refused: it takes no machine', () => {
  const definition = { securityType: 'TrustedLaunchSupported', generalized: false };
  assert.throws(
    () => assertNone(targetProblems(fitOf(SOURCES.marketplace, [version], definition))),
    /osState Specialized, and Azure takes no machine/,
  );
  for (const one of [{ generalized: false }, { securityType: 'TrustedLaunchSupported' }])
    assertNone(targetProblems(fitOf(SOURCES.marketplace, [version], one)));
});

test('a shallow version is refused where no managed image can be made beside its gallery', () => {
  const shallow = { ...version, replicationMode: 'Shallow' };
  const refuses = (pattern: RegExp, more: Partial<Definition>, subscriptionId = SUBSCRIPTION) =>
    assert.throws(
      () => assertNone(targetProblems({ ...fitOf(SOURCES.marketplace, [shallow], more), subscriptionId })),
      pattern,
    );
  assertNone(targetProblems(fitOf(SOURCES.marketplace, [shallow])));
  refuses(/machine with trusted launch/, { securityType: 'TrustedLaunch' });
  refuses(/can only be generalized/, { generalized: false });
  refuses(/subscription of the build/, {}, '99999999-0000-4000-8000-000000000001');
});
