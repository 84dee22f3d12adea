import { STAGING_TAGS } from '../model/tags.ts';
import { kindOf } from '../targets/all.ts';
import type { ImageTemplate } from '../model/template.ts';
import { pointerTo } from '../template/pointer.ts';
import { show } from '../template/show.ts';
import type { Problem } from '../model/problem.ts';
import type { World } from './world.ts';

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
const MOST_TAGS = 50;
const LONGEST_NAME = 512;
const LONGEST_VALUE = 256;
const FORBIDDEN = /[<>%&\\?/\p{Cc}]/u;

type Tags = { readonly pointer: string; readonly tags: Readonly<Record<string, string>> };

/** What Azure refuses of the tags of a template, of what a run makes, and of what it leaves: Kiln's own are among them. */
export function tagProblems({ tags, properties }: ImageTemplate, { source }: World): Problem[] {
  const artifacts = properties.distribute.flatMap((target, index) => {
    const own = kindOf(target).ownTags(source);
    const its = { pointer: `/properties/distribute/${index}/artifactTags`, tags: target.artifactTags };
    return own === undefined ? [] : problemsOf(its, own);
  });
  const staging = { pointer: '/properties/managedResourceTags', tags: properties.managedResourceTags };
  return [...problemsOf({ pointer: '/tags', tags }, []), ...artifacts, ...problemsOf(staging, STAGING_TAGS)];
}

function problemsOf({ pointer, tags }: Tags, own: readonly string[]): Problem[] {
  const names = Object.keys(tags);
  const count = new Set([...names, ...own]).size;
  const each = Object.entries(tags).flatMap(([name, value]) =>
    tagProblem({ pointer, tags }, own, name, value),
  );
  if (count <= MOST_TAGS) return each;
  const added = own.length === 0 ? '' : `, ${own.length} of them Kiln's own (${own.join(', ')})`;
  return [
    {
      code: 'InvalidValue',
      target: pointer,
      value: String(names.length),
      why: `There are ${count} tags${added}; a resource takes ${MOST_TAGS}.`,
      remedy: `Leave ${count - MOST_TAGS} out.`,
    },
    ...each,
  ];
}

function tagProblem(
  { pointer, tags }: Tags,
  own: readonly string[],
  ...[name, value]: [string, string]
): Problem[] {
  const problem = (why: string, remedy: string): Problem[] => [
    { code: 'InvalidValue', target: `${pointer}${pointerTo(name)}`, value: name, why, remedy },
  ];
  const same = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  const twin = Object.keys(tags).find((other) => other < name && same(other));
  // `createdBy` is what AIB calls it, and some write it down: ours goes over it.
  const ours = own.find((other) => same(other) && (other !== name || other !== 'createdBy'));
  return [
    ...(name.length > 0 && name.length <= LONGEST_NAME
      ? []
      : problem(`The tag name has ${name.length} characters.`, `It may have 1 to ${LONGEST_NAME}.`)),
    ...(value.length <= LONGEST_VALUE
      ? []
      : problem(
          `The value of tag ${show(name)} has ${value.length} characters.`,
          `It may have ${LONGEST_VALUE} at most.`,
        )),
    ...(FORBIDDEN.test(name)
      ? problem(
          `The tag name ${show(name)} has a character that Azure does not take in it.`,
          'Leave out < > % & \\ ? / and control characters.',
        )
      : []),
    ...(twin === undefined
      ? []
      : problem(
          `The tags ${show(twin)} and ${show(name)} differ by case alone, and Azure compares names without it.`,
          'Keep one of them.',
        )),
    ...(ours === undefined
      ? []
      : problem(`Kiln itself sets the tag ${show(ours)}.`, 'Choose another name, or leave it out.')),
  ];
}
