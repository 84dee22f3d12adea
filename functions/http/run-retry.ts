import { approveRing } from '../../shared/commands/approve-ring.ts';
import { redistribute } from '../../shared/commands/redistribute.ts';
import { findTemplate } from '../../shared/commands/find-template.ts';
import { vhdProblems } from '../../shared/distribution/vhd-targets.ts';
import { invalid } from '../../shared/errors/invalid.ts';
import { asProblem, assertNone } from '../../shared/model/problem.ts';
import type { TemplateHead } from '../../shared/model/documents/documents.ts';
import type { Distributor } from '../../shared/model/template.ts';
import { parseTemplate } from '../../shared/template/parse.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { NEWEST } from '../../shared/template/versions/all.ts';
import { readJson } from './body.ts';
import { type Exchange, type Reply, type Route, runIdOf, TEMPLATE, validRefOf } from './exchange.ts';
import { accepted } from './reply.ts';

/** Distributes again what failed, from what the run has built. */
async function postRetry(exchange: Exchange): Promise<Reply> {
  const ref = validRefOf(exchange);
  const { head, operationId } = await redistribute(exchange.commands, ref, runIdOf(exchange));
  return accepted(exchange, head, operationId);
}

/** Body `{"distribute": [...]}`, as in a template: the same image, to more targets. */
async function postDistribute(exchange: Exchange): Promise<Reply> {
  const { commands } = exchange;
  const ref = validRefOf(exchange);
  const { value: head } = await findTemplate(commands.store, ref);
  const targets = parseTargets(exchange, head, await readJson(exchange));
  assertNone(vhdProblems(exchange.vhds, ref, targets, '/distribute').map((failure) => asProblem(failure)));
  const started = await redistribute(commands, ref, runIdOf(exchange), targets);
  return accepted(exchange, started.head, started.operationId);
}

/** Checked as the targets of a template are, by putting them into one. Problems point into `/distribute`. */
function parseTargets({ commands }: Exchange, head: TemplateHead, body: unknown): readonly Distributor[] {
  const template = isObject(head.body) ? head.body : {};
  const properties = isObject(template['properties']) ? template['properties'] : {};
  const distribute = isObject(body) ? body['distribute'] : undefined;
  const whole = { ...template, properties: { ...properties, distribute } };
  const parsed = parseTemplate(whole, NEWEST, head.ref, commands.urls);
  if (parsed.ok) return parsed.template.properties.distribute;
  throw invalid(
    parsed.failures.map((failure) => ({
      ...failure,
      ...(failure.target !== undefined && { target: failure.target.replace(/^\/properties/, '') }),
    })),
  );
}

/** Body `{"output", "ring", "approved"}`: opens the gate after a ring, counted from 1, or closes it for good. */
async function postApprove(exchange: Exchange): Promise<Reply> {
  const ref = validRefOf(exchange);
  const body = await readJson(exchange);
  const { output, ring, approved = true } = isObject(body) ? body : {};
  if (typeof output !== 'string' || typeof ring !== 'number' || typeof approved !== 'boolean')
    throw invalid([
      {
        code: 'InvalidValue',
        message: 'Write {"output": "<run output name>", "ring": <number from 1>, "approved": true or false}.',
      },
    ]);
  await approveRing(exchange.commands, { ref, id: runIdOf(exchange) }, { output, ring, approved });
  return { status: 204 };
}

const RUN = `${TEMPLATE}/runs/{runId}`;
const extension = { method: 'POST', role: 'Builder', action: 'run', extension: true } as const;

export const runRetryRoutes: readonly Route[] = [
  { name: 'retry-run', path: `${RUN}/retry`, handle: postRetry, ...extension },
  { name: 'distribute-run', path: `${RUN}/distribute`, handle: postDistribute, ...extension },
  { name: 'approve-ring', path: `${RUN}/approve`, handle: postApprove, ...extension, action: 'approve' },
];
