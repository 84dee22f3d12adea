import type { CommandContext } from '../../shared/commands/context.ts';
import { KilnError } from '../../shared/errors/failure.ts';
import { resourceGroupId } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import { may } from '../../shared/access/policy.ts';
import type { TemplateScope } from '../../shared/ports/store.ts';
import type { Exchange } from './exchange.ts';

/** The newest version of the resource groups API that has a complete published description. */
const GROUPS = '2024-07-01';

/**
 * A template belongs to a resource group, which has to be there first: Azure Resource Manager refuses every resource
 * without one. Whatever else keeps Kiln from seeing the group is no reason against a template: its submission looks too.
 */
export async function assertHome(
  { readArm }: Pick<Exchange, 'readArm'>,
  ref: Pick<TemplateRef, 'subscriptionId' | 'resourceGroup'>,
): Promise<void> {
  try {
    await readArm(resourceGroupId(ref), new URLSearchParams({ 'api-version': GROUPS }));
  } catch (error) {
    const azure = error instanceof KilnError ? error.failure.azure : undefined;
    if (azure?.code !== 'ResourceGroupNotFound' && azure?.code !== 'SubscriptionNotFound') return;
    // The sentence is Azure Resource Manager's own.
    throw new KilnError({ code: azure.code, message: azure.message }, { cause: error });
  }
}

/**
 * An empty list of a group that is not there would hide the typing error. Whoever may not read in the group learns nothing of it.
 */
export async function assertListed(
  exchange: Pick<Exchange, 'readArm' | 'caller'> & { readonly commands: Pick<CommandContext, 'gate'> },
  { subscriptionId, resourceGroup }: TemplateScope,
): Promise<void> {
  if (resourceGroup === undefined) return;
  const home = { subscriptionId, resourceGroup };
  const { caller, commands } = exchange;
  if (may(commands.gate.policy, caller, 'read', resourceGroupId(home))) await assertHome(exchange, home);
}
