import { type Failure, KilnError } from '../errors/failure.ts';
import type { ImageTemplate } from '../template/model.ts';

/**
 * Refuses a template that asks for something that no build does: leaving it out silently would give an image that its
 * author believes to be validated, restarted or optimized. Throws every such wish at once.
 */
export function assertBuildable({ properties }: ImageTemplate): void {
  const failures = otherWishes(properties);
  const [first] = failures;
  if (first === undefined) return;
  const message = failures.map((failure) => failure.message).join(' ');
  throw new KilnError({ ...first, message, details: failures });
}

function otherWishes(properties: ImageTemplate['properties']): Failure[] {
  return properties.distribute.flatMap((target, index) =>
    target.type === 'SharedImage' && target.rings.some(({ smokeBoot }) => smokeBoot)
      ? [wish(`/properties/distribute/${index}/rings`, 'The smoke boot of a ring')]
      : [],
  );
}

function wish(target: string, what: string): Failure {
  return { code: 'NotSupportedYet', message: `${what} is not carried out by this version of Kiln.`, target };
}
