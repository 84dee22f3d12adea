import type { BuildPlan, ValidationPlan } from '../model/plan.ts';
import type { TemplateProperties } from '../model/template.ts';

export type WhereToLook = {
  /** A second machine can boot what is captured. */
  readonly bootable: boolean;
  /** The image keeps the identity of its machine: nothing of it is a leftover. */
  readonly specialized: boolean;
  /** A machine is booted for hygiene alone also when the template does not say so. */
  readonly byDefault: boolean;
  /** Some smoke boot of the template can be asked. */
  readonly inSmokeBoots: boolean;
};

type Looks = Pick<BuildPlan, 'validation' | 'look' | 'smokeHygiene'>;

/**
 * Where the image is looked at: for validators and checks, in smoke boots, and where there is neither, in a machine of its
 * own for hygiene (docs/adr/0051). What may stop the run goes before distribution, what only tells goes beside it.
 */
export function planLooks(properties: TemplateProperties, where: WhereToLook): Looks {
  const { validate, hygieneByDefault } = properties;
  const { continueDistributeOnFailure: continueOnFailure = false, validators = [] } = validate ?? {};
  const checks = (validate?.checks ?? []).length > 0 ? { checks: true as const } : {};
  // A wish for nothing at all to be built: the source has to boot.
  if (validate?.sourceValidationOnly === true)
    return { validation: { on: 'source', continueOnFailure, ...checks } };
  const hygiene = validate?.hygiene ?? hygieneByDefault ?? 'warn';
  const inSmokeBoots = where.inSmokeBoots && !where.specialized && hygiene !== 'off';
  const smoke = inSmokeBoots && { smokeHygiene: continueOnFailure ? ('warn' as const) : hygiene };
  const asked = validators.length > 0 || checks.checks === true;
  if (asked) return { validation: validationOf(where, { continueOnFailure, ...checks }, hygiene), ...smoke };
  const isWished = validate?.hygiene !== undefined || (hygieneByDefault !== undefined && where.byDefault);
  if (inSmokeBoots || !where.bootable || hygiene === 'off' || !isWished) return { ...smoke };
  return hygiene === 'warn' ? { look: true } : { validation: { on: 'image', continueOnFailure, hygiene } };
}

function validationOf(
  { bootable }: WhereToLook,
  wanted: Omit<ValidationPlan, 'on'>,
  hygiene: 'off' | 'warn' | 'fail',
): ValidationPlan {
  if (!bootable) return { on: 'build', ...wanted };
  return { on: 'image', ...wanted, ...(hygiene !== 'off' && { hygiene }) };
}
