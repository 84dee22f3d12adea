import type { JSX } from 'preact';
import type { Refusal } from '../state/api.ts';
import { Empty, Trouble } from './words.tsx';

type LookedProps<T> = {
  /** Of the last look. */
  readonly refusal: Refusal | undefined;
  readonly value: T | undefined;
  readonly children: (value: T) => JSX.Element;
};

/** What a look has brought, below what was wrong with the last one: who has been refused is not told to wait. */
export function Looked<T>({ refusal, value, children }: LookedProps<T>): JSX.Element {
  return (
    <>
      <Trouble refusal={refusal} />
      {value !== undefined ? children(value) : refusal === undefined && <Empty>Looking …</Empty>}
    </>
  );
}
