// A supervisor as a process of its own, over fake services, for tests of what its death leaves behind.
import { startSupervisor } from '../../../local/main/supervisor.ts';

const fake = new URL('fake-service.js', import.meta.url).pathname;
const supervisor = await startSupervisor(
  {
    ports: { api: 0, cloud: 0, storage: 0 },
    data: process.argv[2],
    machines: 'auto',
    profile: undefined,
    record: undefined,
    sampleWorld: false,
    stopWithStdin: false,
  },
  {
    programs: { cloud: fake, host: fake, app: '.' },
    startStorage: () =>
      Promise.resolve({ connectionString: 'c', url: 'http://s', stop: () => Promise.resolve() }),
    say: () => {},
  },
);
console.log(JSON.stringify(supervisor.endpoints));
