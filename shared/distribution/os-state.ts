import type { Problem } from '../model/problem.ts';
import type { Fit } from './fit.ts';

type Targets = Pick<Fit, 'template' | 'definitions'>;

/** A build makes one kind of image: specialized when a gallery definition wants it, generalized otherwise. */
export function isSpecialized({ definitions, template }: Targets): boolean {
  return template.properties.distribute.some(
    (target) =>
      target.type === 'SharedImage' &&
      definitions.get(target.galleryImageId.toLowerCase())?.generalized === false,
  );
}

/** https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#generalized-and-specialized-images */
export function mixedStates(fit: Targets): Problem[] {
  if (!isSpecialized(fit)) return [];
  return fit.template.properties.distribute.flatMap((target, index) => {
    const pointer = `/properties/distribute/${index}`;
    const clash = (value: string, why: string): Problem[] => [
      { code: 'TargetNotCompatible', target: pointer, value, why, remedy: 'Build them with two templates.' },
    ];
    if (target.type === 'ManagedImage')
      return clash(
        target.imageId,
        'Another target holds specialized images; a managed image can only be generalized.',
      );
    if (target.type === 'VHD') return [];
    return fit.definitions.get(target.galleryImageId.toLowerCase())?.generalized === true
      ? clash(
          target.galleryImageId,
          'The definition holds generalized images, another target specialized ones.',
        )
      : [];
  });
}
