import type { HttpRequest } from '@azure/functions';
import { KilnError } from '../../shared/errors/failure.ts';
import { isObject } from '../../shared/template/schema/node.ts';
import { baseUrlOf } from './base-url.ts';
import { parameter } from './query.ts';

/** Templates in one answer: what a team has fits. */
const PAGE = 1000;

export type Page = { readonly limit: number; readonly after?: string };

/** `$top` and `$skipToken`, in any case. https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#collections */
export function pageOf(request: HttpRequest, otherwise = PAGE): Page {
  const top = parameter(request, '$top');
  const limit = top === undefined ? otherwise : Number(top);
  if (!Number.isInteger(limit) || limit < 1)
    throw bad('$top', `$top is "${top ?? ''}"; write a number, from 1.`);
  const token = parameter(request, '$skipToken');
  const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
  return { limit: Math.min(limit, PAGE), ...(after !== undefined && { after }) };
}

/** The same question for what comes after `last`. */
export function nextLink(request: Pick<HttpRequest, 'url' | 'headers' | 'query'>, last: string): string {
  const url = new URL(`${baseUrlOf(request)}${new URL(request.url).pathname}`);
  for (const [name, value] of request.query)
    if (name.toLowerCase() !== '$skiptoken') url.searchParams.set(name, value);
  url.searchParams.set('$skipToken', Buffer.from(last).toString('base64url'));
  return url.href;
}

const CONDITION = /^(tagName|tagValue)\s+eq\s+'((?:[^']|'')*)'$/i;

/**
 * `$filter=tagName eq 'team' and tagValue eq 'web'`, as lists of resources have it in Azure.
 * https://learn.microsoft.com/rest/api/resources/resources/list
 */
export function tagFilterOf(request: HttpRequest): (tags: unknown) => boolean {
  const text = parameter(request, '$filter')?.trim() ?? '';
  if (text === '') return () => true;
  const conditions = text.split(/\s+and\s+/i).map((part) => CONDITION.exec(part.trim()));
  const values = new Map(
    conditions.map((found) => [found?.[1]?.toLowerCase(), found?.[2]?.replaceAll("''", "'")]),
  );
  const name = values.get('tagname');
  const value = values.get('tagvalue');
  if (conditions.includes(null) || name === undefined)
    throw bad('$filter', `$filter is "${text}"; write tagName eq 'name', or that and tagValue eq 'value'.`);
  return (tags) =>
    isObject(tags) &&
    Object.entries(tags).some(
      ([tag, given]) => tag.toLowerCase() === name.toLowerCase() && (value === undefined || value === given),
    );
}

function bad(target: string, message: string): KilnError {
  return new KilnError({ code: 'InvalidValue', target, message });
}
