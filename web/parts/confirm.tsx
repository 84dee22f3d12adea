import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Failure } from '../../cli/api/types.ts';
import { call, Refusal } from '../state/api.ts';
import { announce, ErrorCard } from './words.tsx';

export type Values = Readonly<Record<string, string>>;

/** Something that the reader says before it happens. */
export type Field = {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  /** One of these; absent: any text. */
  readonly options?: readonly string[];
  /** Whether it matters with what else was said. */
  readonly isAsked?: (values: Values) => boolean;
};

/** Something that a reader may do: what happens is said before it happens. */
export type Act = {
  readonly label: string;
  /** Whole sentences: what will happen, and to what. */
  readonly what: (values: Values) => string;
  readonly method?: 'POST' | 'DELETE';
  readonly path: string;
  readonly fields?: readonly Field[];
  readonly json?: (values: Values) => unknown;
  /** It cannot be taken back. */
  readonly isGrave?: boolean;
  readonly done: () => void;
};

const asked = signal<Act | undefined>(undefined);
const said = signal<Values>({});
const busy = signal(false);
const refused = signal<Failure | undefined>(undefined);

export function ActButton({ act }: { readonly act: Act }): JSX.Element {
  const ask = (): void => {
    refused.value = undefined;
    said.value = Object.fromEntries((act.fields ?? []).map(({ name, value }) => [name, value]));
    asked.value = act;
  };
  return (
    <button type="button" class={act.isGrave === true ? 'grave' : ''} onClick={ask}>
      {act.label}
    </button>
  );
}

async function carryOut({ label, path, method = 'POST', json, done }: Act): Promise<void> {
  busy.value = true;
  refused.value = undefined;
  try {
    await call(path, { method, ...(json !== undefined && { json: json(said.value) }) });
    announce(`${label}: the service has taken it.`);
    asked.value = undefined;
    done();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refused.value = error.failure;
  } finally {
    busy.value = false;
  }
}

/** One for the whole page. Escape and the first button leave everything as it is. */
export function Confirm(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const act = asked.value;
  useEffect(() => {
    if (act !== undefined) dialog.current?.showModal();
    else dialog.current?.close();
  }, [act]);
  const leave = (): void => void (asked.value = undefined);
  return (
    <dialog ref={dialog} onClose={leave} aria-labelledby="confirm-title">
      {act !== undefined && (
        <>
          <h2 id="confirm-title">{act.label}?</h2>
          <Fields fields={act.fields ?? []} />
          <p>{act.what(said.value)}</p>
          {refused.value !== undefined && <ErrorCard failure={refused.value} title="It was refused" />}
          <p class="buttons">
            <button type="button" onClick={leave}>
              Leave it
            </button>
            <button
              type="button"
              class={act.isGrave === true ? 'grave' : 'main'}
              disabled={busy.value}
              onClick={() => void carryOut(act)}
            >
              {act.label}
            </button>
          </p>
        </>
      )}
    </dialog>
  );
}

function Fields({ fields }: { readonly fields: readonly Field[] }): JSX.Element {
  const set = (name: string, value: string): void => void (said.value = { ...said.value, [name]: value });
  return (
    <>
      {fields
        .filter(({ isAsked }) => isAsked?.(said.value) ?? true)
        .map(({ name, label, options }) => (
          <label key={name} class="field">
            {label}{' '}
            {options === undefined ? (
              <input
                value={said.value[name]}
                onInput={({ currentTarget }) => set(name, currentTarget.value)}
              />
            ) : (
              <select onChange={({ currentTarget }) => set(name, currentTarget.value)}>
                {options.map((one) => (
                  <option key={one} selected={one === said.value[name]}>
                    {one}
                  </option>
                ))}
              </select>
            )}
          </label>
        ))}
    </>
  );
}
