// The same build through the whole of Kiln: API, orchestration, ARM, guest, storage.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LocalKiln } from '../support/local-kiln.ts';
import { shell, template, vhd } from '../support/templates.ts';
import type { Measured } from './packer.ts';
import { CUSTOMIZE, PAYLOAD, PAYLOAD_PATH, seconds } from './steps.ts';

export async function submit(kiln: LocalKiln, name: string, restart: boolean): Promise<void> {
  const sha256 = createHash('sha256').update(PAYLOAD).digest('hex');
  const { subscriptionId } = kiln.endpoints;
  const artifact = `/subscriptions/${subscriptionId}/providers/Microsoft.VirtualMachineImages/artifacts/${sha256}`;
  await kiln.api('PUT', artifact, PAYLOAD, { 'content-type': 'application/octet-stream' });
  const file = {
    type: 'File',
    name: 'payload',
    sourceUri: `kiln-artifact://sha256/${sha256}`,
    destination: PAYLOAD_PATH,
  };
  const steps = [
    shell('customize', ...CUSTOMIZE),
    file,
    ...(restart ? [{ type: 'LinuxRestart', name: 'restart' }] : []),
  ];
  const body = template(steps, [vhd]);
  // Generation 1, because Packer boots its guest with a BIOS.
  body.properties.source.sku = '12';
  const accepted = await kiln.submit(name, body);
  if (accepted.body.properties?.provisioningState !== 'Succeeded')
    throw new Error(JSON.stringify(accepted.body));
}

/** From the request to the end of clean-up. */
export async function build(kiln: LocalKiln, name: string): Promise<Measured> {
  const started = performance.now();
  const run = await kiln.run(name, 600);
  const took = seconds(started);
  if (run.state !== 'Succeeded') throw new Error(`${run.state}: ${run.message}`);
  const { body } = await kiln.api('GET', `${kiln.templatePath}/${name}/runs/${run.id}/timeline`);
  return { seconds: took, phases: phasesOf(body.value) };
}

export function phasesOf(entries: readonly any[]): Record<string, number> {
  const begun = new Map<string, number>();
  const phases: Record<string, number> = {};
  for (const { phase, step, event, at } of entries) {
    if (step !== undefined) continue;
    if (event === 'started') begun.set(phase, Date.parse(at));
    else phases[phase] = Math.round((Date.parse(at) - (begun.get(phase) ?? 0)) / 100) / 10;
  }
  return phases;
}

/** The first build makes the snapshot that later ones start from. */
export async function untilWarm(kiln: LocalKiln): Promise<void> {
  const log = path.join(kiln.folder, 'logs/cloud.log');
  await kiln.until(
    'the warm start',
    async () => (/warm start of .* is ready/.test(readFileSync(log, 'utf8')) ? true : undefined),
    180,
  );
}
