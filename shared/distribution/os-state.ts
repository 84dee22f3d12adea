import type { Failure } from '../errors/failure.ts';
import type { Fit } from './compatibility.ts';

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
export function mixedStates(fit: Targets): Failure[] {
  if (!isSpecialized(fit)) return [];
  return fit.template.properties.distribute.flatMap((target, index) => {
    const pointer = `/properties/distribute/${index}`;
    const clash = (message: string): Failure[] => [{ code: 'TargetNotCompatible', message, target: pointer }];
    if (target.type === 'ManagedImage')
      return clash('Another target holds specialized images; a managed image can only be generalized.');
    if (target.type === 'VHD') return [];
    return fit.definitions.get(target.galleryImageId.toLowerCase())?.generalized === true
      ? clash('The definition holds generalized images, another target specialized ones. Build them apart.')
      : [];
  });
}
