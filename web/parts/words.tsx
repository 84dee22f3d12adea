import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import type { Failure } from '../../cli/api/types.ts';
import type { Refusal } from '../state/api.ts';
import { go } from '../state/route.ts';

// Small things that every page is made of.

type LinkProps = {
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly label?: string;
  readonly 'data-glyph'?: string;
};

/** A link within the page: the address changes, nothing is loaded. */
export function Link({ to, children, label, ...rest }: LinkProps): JSX.Element {
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={onClick} aria-label={label} {...rest}>
      {children}
    </a>
  );
}

/** Glyph, kind of colour, by the word that the API uses. The word is always there too. */
const LOOKS: Readonly<Record<string, readonly [glyph: string, kind: string]>> = {
  running: ['◐', 'live'],
  canceling: ['◐', 'warn'],
  queued: ['⋯', 'live'],
  replicating: ['◐', 'live'],
  waiting: ['‖', 'warn'],
  succeeded: ['✓', 'good'],
  completed: ['✓', 'good'],
  partiallysucceeded: ['◑', 'warn'],
  failed: ['✕', 'bad'],
  bootfailed: ['✕', 'bad'],
  timedout: ['✕', 'bad'],
  canceled: ['⊘', 'mute'],
  stopped: ['■', 'mute'],
  skipped: ['↷', 'mute'],
  behind: ['↻', 'warn'],
};

export const lookOf = (state: string): readonly [glyph: string, kind: string] =>
  LOOKS[state.toLowerCase()] ?? ['·', 'mute'];

/** `PartiallySucceeded` → `partially succeeded`. */
const wordsOf = (state: string): string => state.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

export function State({ of, short = false }: { readonly of: string; readonly short?: boolean }): JSX.Element {
  const [glyph, kind] = lookOf(of);
  return (
    <span class={`state ${kind}`}>
      <span aria-hidden="true">{glyph}</span> <span class={short ? 'unseen' : ''}>{wordsOf(of)}</span>
    </span>
  );
}

const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** In the reader's zone; UTC when it is pointed at. */
export function Time({ at }: { readonly at: string | number | undefined }): JSX.Element {
  const date = at === undefined || at === '' ? undefined : new Date(at);
  if (date === undefined || Number.isNaN(date.getTime())) return <span>–</span>;
  const utc = date.toISOString();
  return (
    <time dateTime={utc} title={`${utc.slice(0, 19).replace('T', ' ')} UTC`}>
      {LOCAL.format(date)}
    </time>
  );
}

/** `1 h 02 min`, `51.3 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(rest)} s`;
}

export const lasted = (start: string | number, end: string | number | undefined): string =>
  duration((new Date(end ?? Date.now()).getTime() - new Date(start).getTime()) / 1000);

/** `1.4 GB`, in thousands. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

/** The first group of a run's id: enough to tell runs of a template apart. */
export const shortId = (id: string): string => id.split('-')[0] ?? id;

/** What the service refused, in its words. */
export function ErrorCard({
  failure,
  title,
}: {
  readonly failure: Failure;
  readonly title: string;
}): JSX.Element {
  const { code, message, remedy, target, azure, details } = failure;
  return (
    <section class="card bad-edge" aria-label={title}>
      <h2>
        <span aria-hidden="true">✕</span> {title}: <code>{code}</code>
      </h2>
      <p class="message">{message}</p>
      {target !== undefined && (
        <p>
          At <code>{target}</code>
        </p>
      )}
      <Details details={details} />
      {azure !== undefined && !message.includes(azure.message) && (
        <p>
          Azure said: <code>{azure.code}</code> {azure.message}
        </p>
      )}
      {remedy !== undefined && (
        <p>
          <strong>What to do:</strong> {remedy}
        </p>
      )}
    </section>
  );
}

function Details({ details }: Pick<Failure, 'details'>): JSX.Element | null {
  if (details.length === 0) return null;
  return (
    <ul>
      {details.map((one) => (
        <li key={`${one.target ?? ''}${one.message}`}>
          {one.target !== undefined && <code>{one.target} </code>}
          {one.message}
        </li>
      ))}
    </ul>
  );
}

/** Above a page whose last look was refused: what is below may be old. */
export function Trouble({ refusal }: { readonly refusal: Refusal | undefined }): JSX.Element | null {
  if (refusal === undefined) return null;
  return <ErrorCard failure={refusal.failure} title="The last look was not answered" />;
}

/** What changes by itself and matters, for those who do not see it. */
export const announcement = signal('');

export function announce(text: string): void {
  if (announcement.value !== text) announcement.value = text;
}

export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}
