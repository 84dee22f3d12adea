import { isImageVersion } from './ids.ts';

/**
 * A version in a gallery that its owner shares with this tenant or subscription (direct), or with everybody (community).
 * Nobody but the owner knows its resource id. https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct
 */
export type SharedVersionId = {
  readonly kind: 'sharedGalleries' | 'communityGalleries';
  readonly gallery: string;
  readonly definition: string;
  /** `latest` or an exact version. */
  readonly version: string;
};

const FORM = /^\/(shared|community)Galleries\/([\w.-]{1,120})\/images\/([\w.-]{1,80})\/versions\/([\w.]+)$/i;

export function parseSharedId(id: string): SharedVersionId | undefined {
  const [, kind = '', gallery = '', definition = '', version = ''] = FORM.exec(id) ?? [];
  if (version.toLowerCase() !== 'latest' && !isImageVersion(version)) return undefined;
  const isShared = kind.toLowerCase() === 'shared';
  return { kind: isShared ? 'sharedGalleries' : 'communityGalleries', gallery, definition, version };
}
