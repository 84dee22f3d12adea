import type { Failure } from '../errors/failure.ts';
import { isObject } from './schema/node.ts';
import type { ImageTemplate } from '../model/template.ts';
import { splitGalleryImageId } from '../model/ids.ts';
import { suggest } from './suggest.ts';

export const TRIGGER_KINDS = ['SourceImage'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** Reads `{"properties": {"kind": "SourceImage"}}`; what else is there is read-only, or nothing. */
export function readTrigger(
  body: unknown,
): { readonly ok: true; readonly kind: TriggerKind } | { readonly ok: false; readonly failures: Failure[] } {
  const properties = isObject(body) ? body['properties'] : undefined;
  const given = isObject(properties) ? properties['kind'] : undefined;
  const kind = TRIGGER_KINDS.find((one) => one === given);
  if (kind !== undefined) return { ok: true, kind };
  const target = '/properties/kind';
  const known = TRIGGER_KINDS.map((one) => `"${one}"`).join(', ');
  if (given === undefined)
    return {
      ok: false,
      failures: [{ code: 'MissingField', target, message: `"kind" is missing. Write ${known}.` }],
    };
  const guess = typeof given === 'string' ? suggest(given, TRIGGER_KINDS) : undefined;
  const advice = guess === undefined ? '' : ` Did you mean "${guess}"?`;
  const message = `${JSON.stringify(given)} is not a kind of trigger: ${known}.${advice}`;
  return { ok: false, failures: [{ code: 'InvalidValue', target, message }] };
}

/**
 * Why a template cannot be built by itself when its source changes. The rules are the service's:
 * https://learn.microsoft.com/azure/virtual-machines/image-builder-triggers-how-to
 */
export function untriggerable({ properties }: ImageTemplate): Failure[] {
  const { source, distribute } = properties;
  const isLatest =
    (source.type === 'PlatformImage' && source.version === 'latest') ||
    (source.type === 'SharedImageVersion' && /\/versions\/latest$/i.test(source.imageVersionId));
  const exact = distribute.flatMap((target, index): Failure[] =>
    target.type === 'SharedImage' && target.versioning.scheme === 'Exact'
      ? [
          {
            code: 'ConflictingFields',
            target: `/properties/distribute/${index}/galleryImageId`,
            message: `The target asks for version ${target.versioning.version}, which only one run can make. Leave the version out.`,
          },
        ]
      : [],
  );
  const own =
    source.type === 'SharedImageVersion' ? splitGalleryImageId(source.imageVersionId).definition : '';
  const circles = distribute.flatMap((target, index): Failure[] =>
    target.type === 'SharedImage' && target.galleryImageId.toLowerCase() === own.toLowerCase()
      ? [
          {
            code: 'ConflictingFields',
            target: `/properties/distribute/${index}/galleryImageId`,
            message: 'The target is where the source comes from: each run would start the next one.',
          },
        ]
      : [],
  );
  const fixed: Failure[] = isLatest
    ? []
    : [
        {
          code: 'ConflictingFields',
          target: '/properties/source',
          message: `A ${source.type} source without "latest" never changes, so that nothing would start a run.`,
        },
      ];
  return [...fixed, ...exact, ...circles];
}
