import { region } from '../template/convert.ts';
import { addressOf } from './addresses.ts';
import type { Connection } from './clients.ts';
import { start, startRemoval } from './operations.ts';
import { adopt, orUndefined } from './ownership.ts';
import type { Azure } from './ports.ts';

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
    async startFromMachine(id, request) {
      const existing = await get(id);
      const found = existing && { tags: existing.tags, state: existing.provisioningState };
      const adopted = found && adopt(connection, id, request.tags, found);
      return adopted ?? (await create(connection, id, request));
    },
    async startRemoval(id) {
      const { clients, group, name } = addressOf(connection, id);
      return await startRemoval(connection, (options) => clients.compute.images.delete(group, name, options));
    },
  };
}

async function create(
  connection: Connection,
  ...[id, { location, tags, generation, machineId }]: Parameters<Images['startFromMachine']>
): ReturnType<Images['startFromMachine']> {
  const { clients, group, name } = addressOf(connection, id);
  const body = {
    location,
    tags: { ...tags },
    // Azure takes V1 unless told otherwise, and the image of a V2 machine would not boot.
    hyperVGeneration: generation,
    sourceVirtualMachine: { id: machineId },
  };
  return await start(connection, (options) =>
    clients.compute.images.createOrUpdate(group, name, body, options),
  );
}
