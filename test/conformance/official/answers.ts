import { runId } from '../../../shared/model/convert.ts';
import { findVersion, NEWEST } from '../../../shared/template/versions/all.ts';
import { type Api, SUBSCRIPTION, TEMPLATES } from '../../support/api.ts';
import { bodyOfVersion } from '../../support/body-of-version.ts';
import { specOf } from './compare.ts';
import type { Method, Spec } from './swagger.ts';

const TEMPLATE = '/imageTemplates/{imageTemplateName}';
const LIST = '/providers/Microsoft.VirtualMachineImages/imageTemplates';

/** What one api-version's exchanges gave: how many were compared, and what the description says against them. */
export type Checked = { readonly version: string; readonly answers: number; readonly problems: string[] };

/** Goes through every operation of a version, and holds status and body of each answer against its description. */
export async function checkAnswers(api: Api, version: string): Promise<Checked> {
  const checker = new Checker(api, specOf(version));
  await exchangeAll(checker, api, version);
  return { version, answers: checker.answers, problems: checker.problems };
}

async function exchangeAll(checker: Checker, api: Api, version: string): Promise<void> {
  const name = `t-${version}`;
  const at = `${TEMPLATES}/${name}`;
  const ref = { subscriptionId: SUBSCRIPTION, resourceGroup: 'images', name };
  await checker.send('put', TEMPLATE, at, bodyOfVersion(findVersion(version) ?? NEWEST));
  await api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded' }));
  await checker.send('put', TEMPLATE, at, bodyOfVersion(findVersion(version) ?? NEWEST));
  await checker.send('get', TEMPLATE, at);
  await checker.send('patch', TEMPLATE, at, { tags: { patched: 'yes' } });
  const lastRun = {
    id: runId('22222222-2222-2222-2222-222222222222'),
    state: 'Running',
    subState: 'Validating',
    startTime: '2026-01-01T00:00:00Z',
    message: '',
  } as const;
  const outputs = [
    { name: 'image', type: 'ManagedImage', state: 'Succeeded', artifactId: `${at}/image` },
    { name: 'disk', type: 'VHD', state: 'Succeeded', artifactUri: 'https://example.com/disk.vhd' },
  ] as const;
  await api.store.runs.create({ ...lastRun, schema: 1, ref, revision: 1, reason: 'test', outputs });
  await api.store.templates.update(ref, (head) => ({ ...head, provisioningState: 'Succeeded', lastRun }));
  await checker.send('get', TEMPLATE, at);
  await checker.send('get', `{subscriptionId}${LIST}`, `/subscriptions/${SUBSCRIPTION}${LIST}`);
  await checker.send('get', `{resourceGroupName}${LIST}`, TEMPLATES);
  await checker.send('get', `${TEMPLATE}/runOutputs`, `${at}/runOutputs`);
  await checker.send('get', `${TEMPLATE}/runOutputs/{runOutputName}`, `${at}/runOutputs/image`);
  await checker.send('put', `${TEMPLATE}/triggers/{triggerName}`, `${at}/triggers/source`, {
    properties: { kind: 'SourceImage' },
  });
  await checker.send('get', `${TEMPLATE}/triggers/{triggerName}`, `${at}/triggers/source`);
  await checker.send('get', `${TEMPLATE}/triggers`, `${at}/triggers`);
  await checker.send('delete', `${TEMPLATE}/triggers/{triggerName}`, `${at}/triggers/source`);
  await checker.send('post', `${TEMPLATE}/cancel`, `${at}/cancel`);
  await checker.send('post', `${TEMPLATE}/run`, `${at}/run`);
  await checker.send('post', `${TEMPLATE}/cancel`, `${at}/cancel`);
  await checker.send('get', '/operations', '/providers/Microsoft.VirtualMachineImages/operations');
  await checker.send('get', TEMPLATE, `${TEMPLATES}/none`);
  await checker.send('delete', TEMPLATE, at);
  await checker.send('delete', TEMPLATE, `${TEMPLATES}/none`);
}

/** That preview's users had a type that its description lacks; differences.ts has the other side of it. */
function isKnown(version: string, message: string): boolean {
  return version === '2019-05-01-preview' && message.includes('"tagValue":"WindowsUpdate"');
}

class Checker {
  answers = 0;
  readonly problems: string[] = [];
  readonly #api: Api;
  readonly #spec: Spec;

  constructor(api: Api, spec: Spec) {
    this.#api = api;
    this.#spec = spec;
  }

  /** Operations that the version does not have are left out. */
  async send(method: Method, suffix: string, path: string, body?: unknown): Promise<void> {
    const documented = this.#spec.answer(method, suffix);
    if (documented === undefined) return;
    const apiVersion = this.#spec.version;
    const answer = await this.#api.send(method.toUpperCase(), path, { body, apiVersion });
    const where = `${apiVersion} ${method} ${suffix} → ${answer.status}`;
    this.answers += 1;
    const isError = answer.status >= 400;
    if (isError && !path.endsWith('/none')) this.problems.push(`${where}: ${JSON.stringify(answer.body)}`);
    if (!isError && !documented.statuses.includes(String(answer.status)))
      this.problems.push(`${where}: only ${documented.statuses.join(', ')} are documented`);
    const problems = documented.problems(answer.status, answer.body ?? {});
    for (const { at, message } of problems.filter((problem) => !isKnown(apiVersion, problem.message)))
      this.problems.push(`${where}: ${at} ${message}`);
  }
}
