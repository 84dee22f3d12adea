import type { ErrorCode } from '../errors/codes.ts';
import { isObject, type JsonObject } from './schema/node.ts';

type Problem = { readonly at: string; readonly code: ErrorCode; readonly message: string };

/** What a SharedImage distributor says about its regions must fit together. */
export function replicationProblems(value: JsonObject): Problem[] {
  const regions = targetRegions(value);
  const rings = list(value['rings']).map((ring) => texts(ring['regions']).map(canonical));
  return [
    ...(rings.length === 0 ? [] : ringProblems(rings, regions)),
    ...promotionProblems(value['promotion'], rings.length, Math.max(1, regions.length)),
    ...shallowProblems(value, regions.length),
  ];
}

function targetRegions(value: JsonObject): string[] {
  const named = list(value['targetRegions']).map((target) => canonical(target['name']));
  return named.length > 0 ? named : texts(value['replicationRegions']).map(canonical);
}

function ringProblems(rings: readonly (readonly string[])[], regions: readonly string[]): Problem[] {
  const named = rings.flatMap((ring, index) => ring.map((region, at) => ({ region, index, at })));
  const [known, seen] = [new Set(regions), new Set<string>()];
  const problems = named.flatMap(({ region, index, at }) => {
    const where = `/rings/${index}/regions/${at}`;
    const isAgain = seen.has(region);
    seen.add(region);
    if (isAgain) return [problem('DuplicateValue', where, `"${region}" is in an earlier ring already.`)];
    if (known.has(region)) return [];
    const message = `"${region}" is not one of the target regions. Add it there, or remove it from the ring.`;
    return [problem('InvalidValue', where, message)];
  });
  const left = regions.filter((region) => !seen.has(region));
  if (left.length === 0) return problems;
  const message = `No ring has ${left.join(', ')}. Each target region belongs to one ring.`;
  return [...problems, problem('MissingField', '/rings', message)];
}

function promotionProblems(promotion: unknown, rings: number, regions: number): Problem[] {
  if (!isObject(promotion)) return [];
  const { rule, regions: quorum, ring } = promotion;
  if (rule === 'Quorum' && rings > 0)
    return [
      problem(
        'ConflictingFields',
        '/promotion/rule',
        'A quorum has no order. With "rings", write rule "Ring" or "AllRegions".',
      ),
    ];
  if (rule === 'Quorum' && Number(quorum) > regions)
    return [
      problem(
        'InvalidValue',
        '/promotion/regions',
        `There are ${regions} target regions, so that ${String(quorum)} can never have the version.`,
      ),
    ];
  if (rule !== 'Ring' || Number(ring) <= rings) return [];
  return [
    problem('InvalidValue', '/promotion/ring', `There are ${rings} rings; there is no ring ${String(ring)}.`),
  ];
}

/** https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#shallow-replication */
function shallowProblems({ replicationMode }: JsonObject, regions: number): Problem[] {
  if (replicationMode !== 'Shallow' || regions < 2) return [];
  const message =
    'A Shallow version refers to its source and exists in one region only. Write "Full", or one region.';
  return [problem('ConflictingFields', '/replicationMode', message)];
}

function problem(code: ErrorCode, at: string, message: string): Problem {
  return { at, code, message };
}

/** As `West US 2` and `westus2` are one region. */
function canonical(name: unknown): string {
  return typeof name === 'string' ? name.toLowerCase().replaceAll(' ', '') : '';
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
