import type { Image } from '@azure/arm-compute';
import { region } from '../template/convert.ts';
import type { ResourceId } from '../template/model.ts';
import { addressOf } from './addresses.ts';
import type { Connection } from './clients.ts';
import { start, startRemoval } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure, StartedOperation, Tags } from './ports.ts';

type Images = Azure['images'];
type Wanted = { readonly location: string; readonly tags: Tags; readonly generation: 'V1' | 'V2' };

export function imagesOf(connection: Connection): Images {
  const get: Images['get'] = async (id) => {
    const { clients, group, name } = addressOf(connection, id);
    const image = await orUndefined(clients.compute.images.get(group, name));
    const provisioningState = image?.provisioningState ?? '';
    return image && { tags: image.tags ?? {}, location: region(image.location), provisioningState };
  };
  const createOnce = async (id: ResourceId, request: Wanted, content: Partial<Image>) => {
    const existing = await get(id);
    const found = existing && { tags: existing.tags, state: existing.provisioningState };
    const adopted = found && adopt(connection, id, request.tags, found);
    return adopted ?? (await create(connection, id, request, content));
  };
  return {
    get,
    startFromMachine: async (id, { machineId, ...request }) =>
      await createOnce(id, request, { sourceVirtualMachine: { id: machineId } }),
    startFromDisk: async (id, { diskId, ...request }) => {
      const osDisk = { osType: 'Linux', osState: 'Generalized', managedDisk: { id: diskId } } as const;
      return await createOnce(id, request, { storageProfile: { osDisk } });
    },
    async startRemoval(id) {
      const { clients, group, name } = addressOf(connection, id);
      return await startRemoval(connection, (options) => clients.compute.images.delete(group, name, options));
    },
  };
}

async function create(
  connection: Connection,
  id: ResourceId,
  { location, tags, generation }: Wanted,
  content: Partial<Image>,
): Promise<StartedOperation> {
  const { clients, group, name } = addressOf(connection, id);
  // Azure takes V1 unless told otherwise, and the image of a V2 machine would not boot.
  const body = { location, tags: { ...tags }, hyperVGeneration: generation, ...content };
  return await start(connection, (options) =>
    clients.compute.images.createOrUpdate(group, name, body, options),
  );
}
