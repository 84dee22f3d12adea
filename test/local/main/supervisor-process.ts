// A supervisor as a process of its own, over fake services, for tests of what its death leaves behind.
import { fileURLToPath } from 'node:url';
import { startSupervisor } from '../../../local/main/supervisor.ts';

const fake = fileURLToPath(new URL('./fake-service.ts', import.meta.url));
const supervisor = await startSupervisor(
  {
    ports: { api: 0, cloud: 0, https: 0, storage: 0, serviceBus: 0, serviceBusTls: 0 },
    data: process.argv[2] ?? '',
    machines: 'auto',
    profile: undefined,
    record: undefined,
    authorization: undefined,
    sampleWorld: false,
    stopWithStdin: false,
  },
  {
    programs: { storage: fake, serviceBus: fake, cloud: fake, host: fake, app: '.', authorization: 'none' },
    say: () => {},
  },
);
console.log(JSON.stringify(supervisor.endpoints));
