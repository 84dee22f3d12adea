import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

const HEAD = `# Permissions

What the identity of Kiln may do in Azure, why, and where. Generated from the files in \`infra/roles\`; do not edit.

The roles hold single actions and no wildcard. The local cloud holds the app to the same files, so that a missing action shows up on a
laptop, and every run of the tests compares them with the calls that were made: nothing missing, and with \`npm run test:all\` nothing unused.
When Azure denies a call, the error names the action and the scope (\`AzureDenied\` in [errors.md](errors.md)).

| role | assign at |
|---|---|`;

const TAIL = `
## Data

Kiln keeps its state as blobs and messages. \`infra/\` assigns built-in roles for them, on the one storage account and the one
Service Bus namespace of the deployment: Storage Blob Data Owner, Storage Queue Data Contributor and Storage Table Data Contributor
(the Functions host and the Azure Storage backend of Durable Functions need all three; the blob role also signs SAS URLs for build
machines with the identity's own key), Azure Service Bus Data Receiver and Sender, Monitoring Metrics Publisher, and with the
Durable Task Scheduler, Durable Task Data Contributor on its task hub.

The identity for build machines has no role at all until you give it one.
`;

/** docs/permissions.md */
export function renderPermissions(): string {
  const roles = globSync('infra/roles/*.json', { cwd: ROOT })
    .sort()
    .map((file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')));
  const overview = roles.map(({ name, assignAt }) => `| ${name} | ${assignAt} |`);
  const sections = roles.map(({ name, description, actions }) =>
    [
      `## ${name}`,
      '',
      description,
      '',
      '| action | why |',
      '|---|---|',
      ...actions.map(({ action, why }: any) => `| \`${action}\` | ${why} |`),
      '',
    ].join('\n'),
  );
  return `${HEAD}\n${overview.join('\n')}\n\n${sections.join('\n')}${TAIL}`;
}
