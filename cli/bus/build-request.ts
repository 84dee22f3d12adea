import { randomUUID } from 'node:crypto';
import { isObject, text, type JsonObject } from '../api/json.ts';
import { refuse } from '../errors.ts';
import { fillPlaceholders } from '../template/placeholders.ts';
import { readSource } from '../template/read-source.ts';

export type BuildRequestFile = {
  readonly messageId: string;
  readonly contentType: string;
  readonly body: JsonObject;
};

type Reading = {
  /** Values for `{{name}}`. */
  readonly values: Readonly<Record<string, string>>;
  readonly messageId?: string;
  /** A template's full id for a name as typed. */
  readonly template: (given: string) => string;
};

/** Reads a build request, plain or in a CloudEvent. Only what would get lost is checked here: the service judges the rest. */
export async function readBuildRequest(file: string, reading: Reading): Promise<BuildRequestFile> {
  const body = fillPlaceholders((await readSource(file)).value, reading.values);
  if (!isObject(body)) throw refuse(`${file} holds no JSON object.`);
  const isEvent = body['specversion'] !== undefined;
  return {
    messageId: reading.messageId ?? (isEvent ? text(body['id']) : undefined) ?? randomUUID(),
    contentType: isEvent ? 'application/cloudevents+json' : 'application/json',
    body: isEvent ? { ...body, data: withId(body['data'], reading) } : withId(body, reading),
  };
}

/** A bare name becomes the id that the queue wants. */
function withId(request: unknown, { template }: Reading): JsonObject {
  const given = isObject(request) ? text(request['templateId']) : undefined;
  if (!isObject(request) || given === undefined)
    throw refuse('The request has no `templateId`.', 'Name the template to build: {"templateId": "web"}.');
  return { ...request, templateId: template(given) };
}
