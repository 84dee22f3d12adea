import type { BuildPlan, RunContext, StepPlan, TargetPlan } from '../../../shared/model/plan.ts';
import { imageVersion, region, resourceId, runId } from '../../../shared/model/convert.ts';
import type { Region, Ring } from '../../../shared/model/template.ts';
import { START } from './run-orchestrator.ts';

export const RUN: RunContext = {
  ref: { subscriptionId: 's', resourceGroup: 'images', name: 'web' },
  runId: runId('11111111-1111-4111-8111-111111111111'),
  revision: 1,
};

const HOME = region('westeurope');

export type Target<Type extends TargetPlan['type']> = Extract<TargetPlan, { type: Type }>;

export function managedImage(more: Partial<Target<'ManagedImage'>> = {}): Target<'ManagedImage'> {
  const base = { type: 'ManagedImage', index: 0, runOutputName: 'image', artifactTags: {} } as const;
  return { ...base, imageId: resourceId('/images/web'), location: HOME, ...more };
}

export function vhd(more: Partial<Target<'VHD'>> = {}): Target<'VHD'> {
  return { type: 'VHD', index: 0, runOutputName: 'vhd', artifactTags: {}, uri: '', copies: [], ...more };
}

export function ring(regions: readonly string[], more: Partial<Ring> = {}): Ring {
  return { regions: regions.map(region), smokeBoot: false, approval: false, ...more };
}

export function galleryVersion(more: Partial<Target<'SharedImage'>> = {}): Target<'SharedImage'> {
  const rings = more.rings ?? [ring(['westeurope', 'northeurope'])];
  const regions = rings.flatMap((one) => one.regions).map((name: Region) => ({ name })) as any;
  return {
    type: 'SharedImage',
    index: 0,
    runOutputName: 'version',
    artifactTags: {},
    galleryImageId: resourceId('/galleries/goldens/images/web'),
    excludeFromLatest: false,
    versioning: { scheme: 'Latest', major: -1 },
    versionSource: 'machine',
    replicationMode: 'Full',
    promotion: { rule: 'AllRegions' },
    regionTimeout: 6 * 3600,
    ...more,
    rings,
    regions,
  };
}

export const VERSION = imageVersion('1.0.0');

export function step(more: Partial<StepPlan> = {}): StepPlan {
  const base = { index: 0, name: 'one', kind: 'command', phase: 'customize', machine: 'build' } as const;
  return { ...base, log: '01-one', timeoutSeconds: 600, ...more };
}

export const VALIDATOR = step({
  index: 1,
  name: 'check',
  phase: 'validate',
  machine: 'validate',
  log: '02-check',
});

/** A build of one step, validated in a VM of its image, whose time is over after an hour. */
export function buildPlan(more: Partial<BuildPlan> = {}): BuildPlan {
  return {
    run: RUN,
    subscriptionId: 's',
    location: HOME,
    stagingGroup: 'IT_images_web_111111111111',
    keepStagingGroup: false,
    source: {
      image: { kind: 'marketplace', publisher: 'Debian', offer: 'debian-12', sku: '12', version: '1.0.0' },
      generation: 'V2',
      osType: 'Linux',
      architecture: 'x64',
      description: 'Debian:debian-12:12:1.0.0',
    },
    vmSizes: ['small', 'large'],
    osDiskSizeGB: 30,
    security: 'Standard',
    brief: true,
    steps: [step(), VALIDATOR],
    validation: { on: 'image', continueOnFailure: false },
    targets: [managedImage()],
    deadline: new Date(START + 3_600_000).toISOString(),
    ...more,
  };
}
