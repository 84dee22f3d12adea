import { parseResourceId, resourceGroupId, sameResource } from '../model/ids.ts';
import type { ImageTemplate } from '../model/template.ts';
import { authoredTarget } from './authored.ts';
import { kindOf } from '../targets/all.ts';
import { suggest } from '../template/suggest.ts';
import type { Problem } from '../model/problem.ts';
import { thing } from '../model/seen.ts';
import type { World } from './world.ts';

/** What speaks against the places that a template names: regions, its own group, the staging group, the subnet. */
export function placeProblems(template: ImageTemplate, world: World): Problem[] {
  return [
    ...homeless(template, world),
    ...regionProblems(template, world),
    ...stagingProblems(template, world),
    ...subnetProblems(template, world),
  ];
}

/** As Azure Resource Manager says it of a resource in a group that is not there. */
function homeless({ ref }: ImageTemplate, { home }: World): Problem[] {
  if (home !== 'absent') return [];
  return [
    {
      code: 'ResourceGroupNotFound',
      target: '',
      value: ref.resourceGroup,
      why: `Resource group '${ref.resourceGroup}' could not be found.`,
      remedy: 'Create the group first; a template belongs to its group and goes with it.',
    },
  ];
}

function regionProblems(template: ImageTemplate, world: World): Problem[] {
  const known = thing(world.regions);
  if (known === undefined) return [];
  const check = (name: string, target: string): Problem[] => {
    if (known.includes(name)) return [];
    const near = suggest(name, known);
    return [
      {
        code: 'RegionNotFound',
        target,
        value: name,
        why: `"${name}" is no region of this subscription.`,
        remedy: near === undefined ? 'See az account list-locations.' : `Did you mean ${near}?`,
      },
    ];
  };
  return [
    ...check(template.location, '/location'),
    ...template.properties.distribute.flatMap((target, index) =>
      kindOf(target)
        .places(target, template.location, authoredTarget(world.body, index))
        .flatMap(({ name, field }) => check(name, `/properties/distribute/${index}${field}`)),
    ),
  ];
}

/** https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#properties-stagingresourcegroup */
function stagingProblems({ ref, location, properties }: ImageTemplate, world: World): Problem[] {
  const value = properties.stagingResourceGroup;
  if (value === undefined) return [];
  const problem = { code: 'InvalidValue', target: '/properties/stagingResourceGroup', value } as const;
  const owner = parseResourceId(value)?.subscriptionId ?? '';
  if (!sameResource(owner, ref.subscriptionId))
    return [
      {
        ...problem,
        why: `The staging group is in subscription ${owner}; a build is in the subscription of its template, ${ref.subscriptionId}.`,
        remedy: `Name a group of that subscription, for example ${resourceGroupId({ ...ref, resourceGroup: 'staging' })}.`,
      },
    ];
  const actual = thing(world.stagingGroup)?.location;
  if (actual === undefined || actual === location) return [];
  return [
    {
      ...problem,
      why: `The staging group is in ${actual}; the build is in ${location}, the region of the template.`,
      remedy: `Name a group in ${location}, or one that does not exist yet.`,
    },
  ];
}

/** A network card is in the region and the subscription of its network. https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface */
function subnetProblems({ ref, location, properties }: ImageTemplate, { subnet }: World): Problem[] {
  const value = properties.vmProfile.subnetId;
  if (value === undefined) return [];
  const problem = {
    code: 'SubnetNotUsable',
    target: '/properties/vmProfile/vnetConfig/subnetId',
    value,
  } as const;
  const owner = parseResourceId(value)?.subscriptionId ?? '';
  if (!sameResource(owner, ref.subscriptionId))
    return [
      {
        ...problem,
        why: `The subnet is in subscription ${owner}; the build machine is in ${ref.subscriptionId}.`,
        remedy: 'Name a subnet of that subscription.',
      },
    ];
  if (subnet === 'absent')
    return [{ ...problem, why: `There is no subnet ${value}.`, remedy: 'Create it, or correct the id.' }];
  const actual = thing(subnet)?.location;
  if (actual === undefined || actual === location) return [];
  return [
    {
      ...problem,
      why: `The subnet is in ${actual}; the build machine is in ${location}, the region of the template.`,
      remedy: `Name a subnet in ${location}.`,
    },
  ];
}
