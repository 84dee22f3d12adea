import { number, object, text, type JsonObject } from './json.ts';

export type RevisionInfo = { readonly number: number; readonly createdAt: string; readonly by: string };
export type Revision = RevisionInfo & { readonly template: JsonObject };

export function parseRevision(value: unknown): Revision {
  return { ...parseRevisionInfo(value), template: object(object(value)['template']) };
}

export function parseRevisionInfo(value: unknown): RevisionInfo {
  const found = object(value);
  return {
    number: number(found['number']) ?? 0,
    createdAt: text(found['createdAt']) ?? '',
    by: text(object(found['createdBy'])['id']) ?? '',
  };
}
