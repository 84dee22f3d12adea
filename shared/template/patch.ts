import type { Failure } from '../errors/failure.ts';
import type { UrlPolicy } from '../model/url-policy.ts';
import { normalizeBody } from './body.ts';
import { checkShape } from './checker.ts';
import { sameResource } from '../model/ids.ts';
import type { TemplateRef } from '../model/template.ts';
import { patchShape } from './patch-shape.ts';
import { type Problems, problemsOf } from './problems.ts';
import { isObject, type JsonObject } from './schema/node.ts';
import { fromWire } from './spelling.ts';
import { unfilledTokens } from './tokens.ts';
import type { ApiVersion } from './versions/version.ts';

type ReadPatch = { readonly ok: true; readonly patch: JsonObject } | ({ readonly ok: false } & Problems);

/**
 * Reads the body of a PATCH: only what the version lets a PATCH change. The result is in the names of the newest
 * version; nulls stay only where they mean a removal, in the map of identities.
 * https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json#image-template-operations
 */
export function readPatch(body: unknown, version: ApiVersion, ref: TemplateRef, urls: UrlPolicy): ReadPatch {
  const named = fromWire(body, version, ref);
  const normal = normalizeBody(named, version);
  const shape = patchShape(version);
  const errors = checkShape(normal, shape, { urls, artifacts: version.extensions });
  const asked = { value: normal, schema: shape.schema, version: version.name };
  const problems = problemsOf(unfilledTokens(normal), errors, asked);
  if (problems.failures.length > 0 || !isObject(normal)) return { ok: false, ...problems };
  const removals = isObject(named) ? removedIdentities(named['identity']) : {};
  return { ok: true, patch: withRemovals(normal, removals) };
}

function removedIdentities(identity: unknown): JsonObject {
  const assigned = isObject(identity) ? identity['userAssignedIdentities'] : undefined;
  if (!isObject(assigned)) return {};
  return Object.fromEntries(Object.entries(assigned).filter(([, value]) => value === null));
}

function withRemovals(patch: JsonObject, removals: JsonObject): JsonObject {
  const { identity } = patch;
  if (Object.keys(removals).length === 0 || !isObject(identity)) return patch;
  const kept = isObject(identity['userAssignedIdentities']) ? identity['userAssignedIdentities'] : {};
  return { ...patch, identity: { ...identity, userAssignedIdentities: { ...kept, ...removals } } };
}

/** The stored body with the patch in it, or what forbids it. Tags and targets are replaced, the rest is merged. */
export function applyPatch(stored: unknown, patch: JsonObject): { body: JsonObject; failures: Failure[] } {
  const body = isObject(stored) ? stored : {};
  const old = isObject(body['properties']) ? body['properties'] : {};
  const given = isObject(patch['properties']) ? patch['properties'] : {};
  const { distribute, vmProfile } = given;
  const properties = {
    ...old,
    ...(distribute !== undefined && { distribute }),
    ...(vmProfile !== undefined && { vmProfile: merge(old['vmProfile'], vmProfile) }),
  };
  const { tags, identity } = patch;
  const changed = {
    ...body,
    ...(tags !== undefined && { tags }),
    ...(isObject(identity) && { identity: mergeIdentity(body['identity'], identity) }),
    properties,
  };
  return {
    body: changed,
    failures: distribute === undefined ? [] : lostTargets(old['distribute'], distribute),
  };
}

/** Objects field by field (RFC 7396), everything else as a whole. */
function merge(old: unknown, given: unknown): unknown {
  if (!isObject(old) || !isObject(given)) return given;
  const fields = Object.entries(given).map(([key, value]) => [key, merge(old[key], value)]);
  return { ...old, ...Object.fromEntries(fields) };
}

/** Identities that are not named stay; a null takes one away. Ids are compared without case, as az lowers them. */
function mergeIdentity(old: unknown, given: JsonObject): JsonObject {
  if (given['type'] === 'None') return { type: 'None' };
  const before =
    isObject(old) && isObject(old['userAssignedIdentities']) ? old['userAssignedIdentities'] : {};
  const asked = isObject(given['userAssignedIdentities']) ? given['userAssignedIdentities'] : {};
  const isNamed = (id: string) => Object.keys(asked).some((other) => sameResource(id, other));
  const kept = Object.entries(before).filter(([id]) => !isNamed(id));
  const added = Object.entries(asked).filter(([, value]) => value !== null);
  const assigned = Object.fromEntries([...kept, ...added]);
  if (Object.keys(assigned).length === 0) return { type: 'None' };
  return { type: 'UserAssigned', userAssignedIdentities: assigned };
}

/** The sentence is the service's own, which scripts look for. */
function lostTargets(old: unknown, given: unknown): Failure[] {
  const names = (targets: unknown): string[] =>
    Array.isArray(targets)
      ? targets.flatMap((target: unknown) => (isObject(target) ? [String(target['runOutputName'])] : []))
      : [];
  const kept = names(given).map((name) => name.toLowerCase());
  return names(old)
    .filter((name) => !kept.includes(name.toLowerCase()))
    .map((name) => ({
      code: 'InvalidValue',
      target: '/properties/distribute',
      message: `Distribute target with Runoutput name ${name} not found in the update request. Deleting a distribution target is not allowed. Send all targets, or use PUT.`,
    }));
}
