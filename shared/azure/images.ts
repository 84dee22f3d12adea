import type { Image } from '@azure/arm-compute';
import { region } from '../model/convert.ts';
import { addressOf } from './addresses.ts';
import type { Connection } from './clients.ts';
import { start, startRemoval, startResource } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure, ImageRequest, StartedOperation } from '../ports/azure.ts';

type Images = Azure['images'];

export function imagesOf(connection: Connection): Images {
  const get: Images['get'] = async (id) => {
    const { clients, group, name } = addressOf(connection, id);
    const image = await orUndefined(clients.compute.images.get(group, name));
    const provisioningState = image?.provisioningState ?? '';
    return image && { tags: image.tags ?? {}, location: region(image.location), provisioningState };
  };
  return {
    get,
    async start(id, request) {
      const existing = await get(id);
      const found = existing && { tags: existing.tags, state: existing.provisioningState };
      const adopted = found && adopt(connection, id, request.tags, found);
      return adopted ?? (await create(connection, id, request));
    },
    async tag(id, tags) {
      const { clients, group, name } = addressOf(connection, id);
      await start(connection, (options) =>
        clients.compute.images.update(group, name, { tags: { ...tags } }, options),
      );
    },
    async startRemoval(id) {
      const { clients, group, name } = addressOf(connection, id);
      return await startRemoval(connection, (options) => clients.compute.images.delete(group, name, options));
    },
  };
}

async function create(
  connection: Connection,
  ...[id, request]: Parameters<Images['start']>
): Promise<StartedOperation> {
  const { clients, group, name } = addressOf(connection, id);
  const { location, tags, generation } = request;
  const body: Image = {
    location,
    tags: { ...tags },
    // Azure takes V1 unless told otherwise, and the image of a V2 machine would not boot.
    hyperVGeneration: generation,
    ...contentOf(request),
  };
  return await startResource(connection, (options) =>
    clients.compute.images.createOrUpdate(group, name, body, options),
  );
}

function contentOf({ source, osType }: ImageRequest): Pick<Image, 'sourceVirtualMachine' | 'storageProfile'> {
  if ('machineId' in source) return { sourceVirtualMachine: { id: source.machineId } };
  const from =
    'diskId' in source ? { managedDisk: { id: source.diskId } } : { snapshot: { id: source.snapshotId } };
  return { storageProfile: { osDisk: { osType, osState: 'Generalized', ...from } } };
}
