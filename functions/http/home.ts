import { KilnError } from '../../shared/errors/failure.ts';
import { resourceGroupId } from '../../shared/model/ids.ts';
import type { TemplateRef } from '../../shared/model/template.ts';
import type { Exchange } from './exchange.ts';

/** The newest version of the resource groups API that has a complete published description. */
const GROUPS = '2024-07-01';

/**
 * A template belongs to a resource group, which has to be there first: Azure Resource Manager refuses every resource
 * without one. Whatever else keeps Kiln from seeing the group is no reason against a template: its submission looks too.
 */
export async function assertHome({ readArm }: Exchange, ref: TemplateRef): Promise<void> {
  try {
    await readArm(resourceGroupId(ref), new URLSearchParams({ 'api-version': GROUPS }));
  } catch (error) {
    const azure = error instanceof KilnError ? error.failure.azure : undefined;
    if (azure?.code !== 'ResourceGroupNotFound' && azure?.code !== 'SubscriptionNotFound') return;
    // The sentence is Azure Resource Manager's own.
    throw new KilnError({ code: azure.code, message: azure.message }, { cause: error });
  }
}
