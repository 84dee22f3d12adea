import type { ApiClient } from './client.ts';
import { list, object, text } from './json.ts';
import type { TemplateId } from './types.ts';

/** The newest run of a template. */
export type NewestRun = { readonly template: TemplateId; readonly id: string; readonly startTime: string };

/** The newest run of each template that the caller may read, the newest first, in one request. */
export async function newestRuns(client: ApiClient): Promise<NewestRun[]> {
  const { body } = await client.call('/providers/Microsoft.VirtualMachineImages/overview');
  const found = list(object(body)['templates']).flatMap((one): NewestRun[] => {
    const { subscriptionId, resourceGroup, name, newestRun } = object(one);
    const run = object(newestRun);
    const [id, startTime] = [text(run['id']), text(run['startTime'])];
    if (id === undefined || startTime === undefined) return [];
    const words = [subscriptionId, resourceGroup, name].map((word) => text(word) ?? '');
    const [subscription = '', group = '', template = ''] = words;
    return [
      { template: { subscriptionId: subscription, resourceGroup: group, name: template }, id, startTime },
    ];
  });
  return found.toSorted((a, b) => b.startTime.localeCompare(a.startTime));
}
