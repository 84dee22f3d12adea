import type { Usage, VmSize } from '../ports/catalogue.ts';
import { misfitOf, sizesToTry, type Wanted } from './vm-sizes.ts';
import type { ImageTemplate } from '../model/template.ts';
import { suggest } from '../template/suggest.ts';
import type { Problem } from '../model/problem.ts';
import { thing } from '../model/seen.ts';
import type { World } from './world.ts';

const SIZE = '/properties/vmProfile/vmSize';

/** What speaks against the machine that builds. `wanted` is undefined while the source is not known. */
export function machineProblems(
  template: ImageTemplate,
  world: World,
  wanted: Wanted | undefined,
): Problem[] {
  const { vmSize } = template.properties.vmProfile;
  const sizes = thing(world.sizes);
  const disk = diskProblems(template, world);
  if (sizes === undefined) return disk;
  if (vmSize !== '') return [...namedProblems(template, world, { sizes, wanted }), ...disk];
  if (wanted === undefined) return disk;
  const names = sizesToTry(wanted, sizes);
  const problems = names.map((name) => defaultProblem(name, world, { sizes, wanted, template }));
  const [first] = problems;
  // One size that can be had is enough.
  if (first === undefined || problems.includes(undefined)) return disk;
  const why = `None of the sizes that Kiln tries by itself can be had in ${template.location}: ${problems.map((one) => one?.why ?? '').join(' ')}`;
  return [{ ...first, value: names.join(', '), why, remedy: 'Name a size in vmProfile.vmSize.' }, ...disk];
}

type Known = { readonly sizes: ReadonlyMap<string, VmSize>; readonly wanted: Wanted | undefined };

function defaultProblem(
  name: string,
  world: World,
  { sizes, wanted, template }: Known & { template: ImageTemplate },
): Problem | undefined {
  const size = sizes.get(name.toLowerCase());
  if (size === undefined) return notOffered(name, template.location, sizes);
  return sizeProblems(size, world, wanted, template.location)[0];
}

function namedProblems(template: ImageTemplate, world: World, known: Known): Problem[] {
  const { vmSize } = template.properties.vmProfile;
  const size = known.sizes.get(vmSize.toLowerCase());
  if (size === undefined) return [notOffered(vmSize, template.location, known.sizes)];
  return sizeProblems(size, world, known.wanted, template.location);
}

function notOffered(value: string, location: string, sizes: Known['sizes']): Problem {
  const near = suggest(
    value,
    [...sizes.values()].map(({ name }) => name),
  );
  return {
    code: 'SizeNotAvailable',
    target: SIZE,
    value,
    why: `There is no VM size ${value} in ${location}.`,
    remedy: near === undefined ? `See az vm list-skus -l ${location}.` : `Did you mean ${near}?`,
  };
}

function sizeProblems(size: VmSize, world: World, wanted: Wanted | undefined, location: string): Problem[] {
  const misfit = wanted && misfitOf(size, wanted);
  const fit = { code: 'SizeNotAvailable', target: SIZE, value: size.name } as const;
  if (misfit !== undefined)
    return [
      {
        ...fit,
        why: `The VM size ${size.name} in ${location} ${misfit}.`,
        remedy: 'Name another size, or none: Kiln then takes one that fits.',
      },
    ];
  return quotaProblems(size, world, location);
}

/**
 * A quota that could never hold the machine is a reason at any time. One that is used up just now is none for a
 * submission: what uses it may be gone when the template runs.
 */
function quotaProblems(size: VmSize, world: World, location: string): Problem[] {
  const isShort = ({ used, limit }: Usage) =>
    size.cores > limit || (world.runId !== undefined && used + size.cores > limit);
  return usagesOf(size, world).flatMap((usage): Problem[] => {
    if (!isShort(usage)) return [];
    const { name, used, limit } = usage;
    return [
      {
        code: 'QuotaExceeded',
        target: SIZE,
        value: size.name,
        why: `${size.name} needs ${size.cores} vCPUs in ${location}; of quota "${name}" ${used} of ${limit} are in use.`,
        remedy: 'Ask for quota (az vm list-usage shows it), or name a size of another family.',
      },
    ];
  });
}

/** Quotas that a machine of the size counts against: all of its region, and those of its family. */
export function usagesOf(size: VmSize, world: World): Usage[] {
  const usages = thing(world.usages) ?? [];
  return ['cores', size.family].flatMap(
    (name) => usages.find((one) => one.name.toLowerCase() === name.toLowerCase()) ?? [],
  );
}

/** Azure: "disk size … is smaller than the size of the image". */
function diskProblems({ properties }: ImageTemplate, { source }: World): Problem[] {
  const { osDiskSizeGB } = properties.vmProfile;
  const needed = source?.osDiskGB ?? 0;
  if (osDiskSizeGB === 0 || osDiskSizeGB >= needed) return [];
  return [
    {
      code: 'InvalidValue',
      target: '/properties/vmProfile/osDiskSizeGB',
      value: String(osDiskSizeGB),
      why: `The system disk of ${source?.description} has ${needed} GB; it cannot become a disk of ${osDiskSizeGB} GB.`,
      remedy: `Write ${needed} or more, or 0 for the size of the source.`,
    },
  ];
}
