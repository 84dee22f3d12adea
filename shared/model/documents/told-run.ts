import { told, type ToldFailure } from '../../errors/told.ts';
import type { Failure } from '../../errors/failure.ts';
import type { RunOutput } from './documents.ts';

type Failing = { readonly error?: Failure };
type Told<T extends Failing> = Omit<T, 'error'> & { readonly error?: ToldFailure };

/** The same item, its error with the remedy: runs, outputs, regions and copies all carry one. */
export function toldError<T extends Failing>({ error, ...rest }: T): Told<T> {
  return { ...rest, ...(error && { error: told(error) }) };
}

/** An output, or the part of it that says how it went. */
export function toldResults(output: Pick<RunOutput, 'regions' | 'copies' | 'error'>): object {
  const { regions, copies } = output;
  return {
    ...toldError(output),
    ...(regions && { regions: regions.map(toldError) }),
    ...(copies && { copies: copies.map(toldError) }),
  };
}
