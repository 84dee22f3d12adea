// One request to the engine's HTTP API over a directory: `ask.ts <directory> <method> <query>`.
import { systemClock } from '../../../../local/durable/clock.ts';
import { DurableEngine } from '../../../../local/durable/engine.ts';
import { handleDurableRequest } from '../../../../local/durable/http/api.ts';
import type { FunctionRunner } from '../../../../local/durable/runner.ts';
import { openDatabase } from '../../../../local/durable/store/schema.ts';
import { DurableStore } from '../../../../local/durable/store/store.ts';

const [directory = '', method = '', query = ''] = process.argv.slice(2);
const nobody = (): never => {
  throw new Error('Nothing is to run.');
};
const runner: FunctionRunner = {
  findOrchestrator: () => undefined,
  findActivity: () => undefined,
  runOrchestrator: nobody,
  runActivity: nobody,
};
const engine = new DurableEngine({
  runner,
  store: new DurableStore(openDatabase(directory)),
  clock: systemClock,
  strict: true,
  maxActivities: 1,
  log: () => undefined,
});
const webhooks = { origin: 'http://127.0.0.1', hubName: 'kiln', key: '' };
const { status, headers, body } = handleDurableRequest(engine, webhooks, {
  method,
  path: 'instances',
  query: new URLSearchParams(query),
  contentType: '',
  continuationToken: '',
  body: '',
});
const ids = Array.isArray(body) ? body.map(({ instanceId }) => String(instanceId)) : [];
console.log(JSON.stringify({ status, ids, next: headers?.['x-ms-continuation-token'] }));
