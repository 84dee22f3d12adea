import type { Problem } from '../model/problem.ts';
import { kindOf } from './all.ts';
import type { Fit } from './fit.ts';
import type { MachineSecurity } from './security.ts';

type Targets = Pick<Fit, 'template' | 'definitions'>;

const pointerOf = (index: number): string => `/properties/distribute/${index}`;

/** Every reason why a target cannot hold what is built, or does not go with another target. */
export function targetProblems(fit: Fit): Problem[] {
  const built = { security: machineSecurity(fit), specialized: isSpecialized(fit) };
  const misfits = fit.template.properties.distribute.flatMap((target, index) => {
    const kind = kindOf(target);
    const about = {
      code: 'TargetNotCompatible',
      target: pointerOf(index),
      value: kind.idOf(target),
    } as const;
    return kind.misfits(target, fit, built).map(([why, remedy]): Problem => ({ ...about, why, remedy }));
  });
  return [...misfits, ...disagreement(fit), ...mixedStates(fit)];
}

/** What the build machine must be, so that the source boots and every target takes it. */
export function machineSecurity({ template, source, definitions }: Fit): MachineSecurity {
  if (source.securityType === 'TrustedLaunch') return 'TrustedLaunch';
  const needed = template.properties.distribute.map((target) => kindOf(target).security(target, definitions));
  return needed.includes('TrustedLaunch') ? 'TrustedLaunch' : 'Standard';
}

/** A build makes one kind of image: specialized when a gallery definition wants it, generalized otherwise. */
export function isSpecialized({ definitions, template }: Targets): boolean {
  return template.properties.distribute.some(
    (target) => kindOf(target).osState(target, definitions)?.specialized === true,
  );
}

/** One machine is built, so that all targets have to agree on it. What the source's own type decides is no disagreement. */
function disagreement({ template, source, definitions }: Fit): Problem[] {
  if (source.securityType === 'TrustedLaunch') return [];
  const { distribute } = template.properties;
  const needed = distribute.map((target) => kindOf(target).security(target, definitions));
  const other = needed.indexOf('Standard');
  const target = distribute[other];
  if (!needed.includes('TrustedLaunch') || target === undefined) return [];
  const { taker, idOf } = kindOf(target);
  return [
    {
      code: 'TargetNotCompatible',
      target: pointerOf(other),
      value: idOf(target),
      why: `${taker} takes no machine with trusted launch, which another target of this template needs.`,
      remedy: 'Build them with two templates.',
    },
  ];
}

/** https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#generalized-and-specialized-images */
function mixedStates(fit: Targets): Problem[] {
  if (!isSpecialized(fit)) return [];
  return fit.template.properties.distribute.flatMap((target, index) => {
    const { idOf, osState } = kindOf(target);
    const state = osState(target, fit.definitions);
    if (state === undefined || state.specialized) return [];
    const about = { target: pointerOf(index), value: idOf(target), why: state.clash };
    return [{ code: 'TargetNotCompatible', ...about, remedy: 'Build them with two templates.' }];
  });
}
