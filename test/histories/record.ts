// Records the histories that replay.test.ts checks: node test/histories/record.ts
// Do it when an orchestrator has changed on purpose and no build of the old code is running any more.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exportHistory } from '../../local/durable/export.ts';
import { databaseFile } from '../../local/durable/store/schema.ts';
import { LocalKiln } from '../support/local-kiln.ts';
import { galleryVersion, managedImage, shell, template, vhd } from '../support/templates.ts';

const target = path.join(import.meta.dirname, 'recorded');
rmSync(target, { recursive: true, force: true });
mkdirSync(target);

const kiln = await LocalKiln.start();
try {
  const subscription: string = kiln.endpoints.subscriptionId;
  const targets = [managedImage(subscription), galleryVersion(subscription), vhd];
  const steps = [
    shell('one', 'true'),
    { type: 'LinuxRestart', name: 'restart' },
    shell('slow', '# kiln-simulate: seconds=3'),
  ];
  await build('success', template(steps, targets));
  const elsewhere = { ...managedImage(subscription, 'north'), location: 'northeurope' };
  const { body: runs } = await kiln.api('GET', `${kiln.templatePath}/success/runs`);
  const again = { distribute: [{ ...elsewhere, runOutputName: 'north' }] };
  await kiln.api('POST', `${kiln.templatePath}/success/runs/${runs.value[0].id}/distribute`, again);
  console.log(`distributed again: ${(await kiln.ended('success')).state}`);
  const iso = template([], [vhd]);
  const sourceUri = 'https://example.com/medium.iso';
  iso.properties.source = { type: 'ISO', sourceUri, sha256Checksum: 'a'.repeat(64) };
  await build('iso', iso);
  const checked = template([shell('one', 'true')], targets);
  checked.properties.validate = { inVMValidations: [shell('check', '# kiln-simulate: exit=2')] };
  checked.properties.errorHandling = { onValidationError: 'abort' };
  await build('checked', checked);
  const ringed: any = galleryVersion(subscription, ['westeurope', 'northeurope']);
  ringed.rings = [{ regions: ['westeurope'], smokeBoot: true }, { regions: ['northeurope'] }];
  await build('rings', {
    ...checked,
    properties: { ...checked.properties, distribute: [ringed], validate: {} },
  });
  await build('failure', template([shell('bad', '# kiln-simulate: exit=7')], targets));
  await kiln.submit('canceled', template([shell('long', '# kiln-simulate: seconds=60')], targets));
  await kiln.api('POST', `${kiln.templatePath}/canceled/run`);
  await kiln.until('customizing', async () => {
    const { body } = await kiln.api('GET', `${kiln.templatePath}/canceled`);
    return body.properties.lastRunStatus?.runSubState === 'Customizing' ? true : undefined;
  });
  await kiln.api('POST', `${kiln.templatePath}/canceled/cancel`);
  await kiln.ended('canceled');
  await kiln.api('DELETE', `${kiln.templatePath}/canceled`);
  await kiln.until('deletion', async () =>
    (await kiln.api('GET', `${kiln.templatePath}/canceled`)).status === 404 ? true : undefined,
  );
  exportAll(path.join(kiln.folder, 'host'));
} finally {
  await kiln.stop();
}

async function build(name: string, body: unknown): Promise<void> {
  await kiln.submit(name, body);
  const run = await kiln.run(name, 300);
  console.log(`${name}: ${run.state}`);
}

/** One file for each orchestrator and kind of end: the longest history, which takes the most turns. */
function exportAll(dataDir: string): void {
  const database = new DatabaseSync(databaseFile(dataDir), { readOnly: true });
  const ids = database
    .prepare('SELECT id FROM instance')
    .all()
    .map((row) => String(row['id']));
  database.close();
  const chosen = new Map<string, ReturnType<typeof exportHistory>>();
  for (const id of ids) {
    const recording = exportHistory(dataDir, id);
    const ended = recording.history.some((event) => JSON.stringify(event).includes('\\"ok\\":false'))
      ? 'unhappy'
      : 'happy';
    const key = `${recording.orchestrator}.${ended}`;
    if ((chosen.get(key)?.history.length ?? 0) < recording.history.length) chosen.set(key, recording);
  }
  for (const [name, recording] of chosen)
    writeFileSync(path.join(target, `${name}.json`), `${JSON.stringify(recording, undefined, 1)}\n`);
  console.log(`${readdirSync(target).length} histories of ${ids.length} instances recorded`);
}
