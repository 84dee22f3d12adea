import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { call, Refusal } from './api.ts';
import { pauseAfterFailures, pauseOf } from './pace.ts';

export type Polled<T> = {
  readonly value: Signal<T | undefined>;
  readonly failure: Signal<Refusal | undefined>;
  /** After an act: shows what has become of it. */
  readonly now: () => void;
};

/**
 * Looks at an address of the API again and again: with its ETag, so that nothing new costs nothing, at the pace that `Retry-After`
 * says, and not at all while nobody sees the page. `parse` has to be a constant.
 */
export function usePoll<T>(path: string, parse: (body: unknown) => T): Polled<T> {
  const poll = useMemo(() => new Poll(path, parse), [path, parse]);
  useEffect(() => poll.start(), [poll]);
  return poll;
}

class Poll<T> implements Polled<T> {
  readonly value = signal<T | undefined>(undefined);
  readonly failure = signal<Refusal | undefined>(undefined);
  readonly #path: string;
  readonly #parse: (body: unknown) => T;
  #etag: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();
  #failures = 0;
  #looks = 0;
  #unchanged = 0;

  constructor(path: string, parse: (body: unknown) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  start(): () => void {
    this.#abort = new AbortController();
    const onSight = (): void => {
      if (!document.hidden) this.now();
    };
    document.addEventListener('visibilitychange', onSight);
    this.now();
    return () => {
      document.removeEventListener('visibilitychange', onSight);
      clearTimeout(this.#timer);
      this.#abort.abort();
    };
  }

  now = (): void => {
    this.#looks = 0;
    this.#unchanged = 0;
    clearTimeout(this.#timer);
    void this.#look();
  };

  async #look(): Promise<void> {
    const { signal: ended } = this.#abort;
    const wait = await this.#ask(ended).catch((error: unknown) => this.#note(error));
    if (ended.aborted || document.hidden) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  async #ask(ended: AbortSignal): Promise<number> {
    const { status, headers, body } = await call(this.#path, { etag: this.#etag, signal: ended });
    if (ended.aborted) return 0;
    this.#failures = 0;
    this.failure.value = undefined;
    this.#looks += 1;
    this.#unchanged = status === 304 ? this.#unchanged + 1 : 0;
    if (status !== 304) {
      this.#etag = headers.get('etag') ?? undefined;
      this.value.value = this.#parse(body);
    }
    const asked = Number(headers.get('retry-after') ?? 5) * 1000;
    return pauseOf(asked, { all: this.#looks, unchanged: this.#unchanged });
  }

  /** What was shown stays: the reader is told that it may be old. */
  #note(error: unknown): number {
    if (error instanceof DOMException && error.name === 'AbortError') return 0;
    if (!(error instanceof Refusal)) throw error;
    this.failure.value = error;
    this.#failures += 1;
    return pauseAfterFailures(this.#failures);
  }
}
