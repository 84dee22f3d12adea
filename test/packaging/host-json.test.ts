import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ROUTES } from '../../functions/http/routes.ts';
import { RouteTable } from '../../local/functions-host/http/routes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const host: any = JSON.parse(read('host.json'));

// A name that the extension does not know is no error there: it is ignored, and so is the wish.
// https://github.com/Azure/azure-functions-durable-extension/blob/dev/src/WebJobs.Extensions.DurableTask/Options/DurableTaskOptions.cs
const DURABLE =
  'hubName storageProvider tracing notifications maxConcurrentActivityFunctions maxConcurrentOrchestratorFunctions maxConcurrentEntityFunctions localRpcEndpointEnabled maxEntityOperationBatchSize extendedSessionsEnabled extendedSessionIdleTimeoutInSeconds maxOrchestrationActions overridableExistingInstanceStates entityMessageReorderWindowInMinutes useGracefulShutdown rollbackEntityOperationsOnExceptions useAppLease defaultVersion versionMatchStrategy versionFailureStrategy storeInputsInOrchestrationHistory';
// https://github.com/Azure/azure-functions-durable-extension/blob/dev/src/WebJobs.Extensions.DurableTask/Options/AzureStorageOptions.cs
const STORAGE =
  'type connectionName connectionStringName controlQueueBatchSize controlQueueBufferThreshold controlQueueVisibilityTimeout fetchLargeMessagesAutomatically maxQueuePollingInterval partitionCount trackingStoreConnectionStringName trackingStoreConnectionName trackingStoreNamePrefix useLegacyPartitionManagement useTablePartitionManagement workItemQueueVisibilityTimeout queueClientMessageEncoding';

test('every Durable setting of host.json has a name that the extension knows', () => {
  const { durableTask } = host.extensions;
  for (const name of Object.keys(durableTask)) assert.ok(DURABLE.split(' ').includes(name), name);
  for (const name of Object.keys(durableTask.storageProvider))
    assert.ok(STORAGE.split(' ').includes(name), name);
});

test('what a dead host held is free after a minute, and an idle queue is looked at every few seconds', () => {
  const { storageProvider } = host.extensions.durableTask;
  assert.equal(storageProvider.controlQueueVisibilityTimeout, '00:01:00');
  assert.equal(storageProvider.workItemQueueVisibilityTimeout, '00:01:00');
  assert.ok(storageProvider.maxQueuePollingInterval <= '00:00:05');
});

test('the log keeps what the engine says to itself out', () => {
  const { logLevel } = host.logging;
  assert.deepEqual(logLevel, {
    default: 'Information',
    'DurableTask.Core': 'Warning',
    'DurableTask.AzureStorage': 'Warning',
    'Azure.Core': 'Error',
  });
});

test('every setting of host.json has its reason in the guide', () => {
  const page = read('docs/hosting.md');
  const leaves = (value: unknown, at: string[]): string[][] =>
    typeof value === 'object' && value !== null && at.at(-1) !== 'tracing' && at.at(-1) !== 'extensionBundle'
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...at, key]))
      : [at];
  for (const leaf of leaves(host, []).filter(([first]) => first !== 'version'))
    assert.ok(page.includes(leaf.at(-1) ?? ''), leaf.join('.'));
});

test('every route is answered by its own function: the host asks them in the order of their names', () => {
  const registered: Record<string, { type: string; route?: string; methods?: string[] }[]> = JSON.parse(
    read('docs/functions.json'),
  );
  const routes = Object.entries(registered).flatMap(([name, bindings]) =>
    bindings
      .filter(({ type }) => type === 'httpTrigger')
      .map(({ route = '', methods = [] }) => ({ name, template: route, methods, target: name })),
  );
  const table = new RouteTable(routes);
  for (const { name, method, path: template } of ROUTES) {
    const sample = `/${template.replaceAll(/\{(\w+)\}/g, 'some-$1')}`;
    assert.equal(table.match(method, sample)?.target, `http-${name}`, sample);
  }
});
