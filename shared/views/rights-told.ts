import type { Excess, RightsLook } from './rights.ts';

/** Actions that are named; the role has the others. */
const SHOWN = 8;

type Told = { readonly where: string; readonly detail: string; readonly why: string; readonly next: string };

/** Rights that are too many, a scope and role each, with the command that takes them away. */
export function tellExcess({ deployed, excess }: RightsLook): Told[] {
  const { principalId, roleSuffix } = deployed;
  return excess.map((one) => {
    const { scope, role, actions } = one;
    const at = `--assignee ${principalId || '<object id of the identity>'} --scope ${scope}`;
    return {
      where: scope,
      detail: `${actions.length} actions more than the deployment gives there: ${listed(one)}`,
      why:
        role === undefined
          ? 'A role that is none of Kiln, or not in its present form, is assigned there or above.'
          : `${role} is assigned there, and the deployment does not name this place any more: it makes what its parameters say and takes nothing away.`,
      next:
        role === undefined
          ? `\`az role assignment list ${at} --include-inherited\` shows the role; \`az role assignment delete ${at} --role <role>\` takes it away.`
          : `\`az role assignment delete ${at} --role "${role} (${roleSuffix})"\``,
    };
  });
}

function listed({ actions }: Excess): string {
  const more = actions.length - SHOWN;
  return `${actions.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} others` : ''}`;
}

/** What a look has found that found nothing. */
export function tellNone({ asked, left }: RightsLook): string {
  const rest = left === 0 ? '' : `; ${left} others were not asked`;
  return `none at the ${asked} subscriptions and groups that were asked${rest}`;
}
