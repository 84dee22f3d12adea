import { computed, signal } from '@preact/signals';
import type { TemplateId } from '../../cli/api/types.ts';

/** Where the reader is. Everything that a page shows is in its address, so that a link shows another the same. */
export type Place =
  | { readonly page: 'now' | 'queue' | 'doctor' | 'unknown' }
  | { readonly page: 'image' | 'regions' | 'trends' | 'revisions'; readonly template: TemplateId }
  | { readonly page: 'run' | 'version'; readonly template: TemplateId; readonly run: string };

const ROOT = '/ui/';

/** The address without its origin. */
export const address = signal(here());

export const place = computed((): Place => placeOf(new URL(address.value, location.origin).pathname));

function here(): string {
  return `${location.pathname}${location.search}${location.hash}`;
}

export function query(name: string): string {
  return new URL(address.value, location.origin).searchParams.get(name) ?? '';
}

/** Goes to an address of the page; `replace`: the one before is not worth coming back to. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  address.value = here();
}

/** The same place with other words in its query. */
export function withQuery(changes: Readonly<Record<string, string>>, hash = ''): string {
  const url = new URL(address.value, location.origin);
  for (const [name, value] of Object.entries(changes))
    if (value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  return `${url.pathname}${url.search}${hash}`;
}

export function watchAddress(): void {
  const read = (): void => void (address.value = here());
  addEventListener('popstate', read);
  addEventListener('hashchange', read);
}

export const homePath = ROOT;
export const queuePath = `${ROOT}queue`;
export const doctorPath = `${ROOT}doctor`;

export function imagePath({ subscriptionId, resourceGroup, name }: TemplateId): string {
  return `${ROOT}images/${[subscriptionId, resourceGroup, name].map(encodeURIComponent).join('/')}`;
}

export const runPath = (template: TemplateId, run: string): string =>
  `${imagePath(template)}/runs/${encodeURIComponent(run)}`;

export function placeOf(pathname: string): Place {
  const [first = '', ...rest] = pathname.slice(ROOT.length).split('/').map(decode);
  if (!pathname.startsWith(ROOT)) return { page: 'unknown' };
  if (first === '' || first === 'queue' || first === 'doctor')
    return rest.length > 0 ? { page: 'unknown' } : { page: first === '' ? 'now' : first };
  const [subscriptionId = '', resourceGroup = '', name = '', what, run, more, ...others] = rest;
  if (first !== 'images' || name === '' || others.length > 0) return { page: 'unknown' };
  const template = { subscriptionId, resourceGroup, name };
  if (what === undefined) return { page: 'image', template };
  if ((what === 'regions' || what === 'trends' || what === 'revisions') && run === undefined)
    return { page: what, template };
  if (what !== 'runs' || run === undefined || run === '') return { page: 'unknown' };
  if (more === undefined) return { page: 'run', template, run };
  return more === 'version' ? { page: 'version', template, run } : { page: 'unknown' };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
