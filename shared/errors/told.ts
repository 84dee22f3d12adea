import { ERRORS } from './codes.ts';
import type { Failure } from './failure.ts';

/** A failure as readers get it, who have neither the catalogue nor Azure's answer at hand. */
export type ToldFailure = Pick<Failure, 'code' | 'message' | 'target' | 'azure'> & {
  readonly remedy: string;
  readonly details?: readonly ToldFailure[];
};

/** What to do: better known where it failed than from its code. */
export const remedyOf = ({ code, remedy }: Failure): string => remedy ?? ERRORS[code].remedy;

export function told(failure: Failure): ToldFailure {
  const { code, message, target, azure, details } = failure;
  return {
    code,
    message,
    ...(target !== undefined && { target }),
    ...(azure !== undefined && { azure }),
    remedy: remedyOf(failure),
    ...(details !== undefined && { details: details.map(told) }),
  };
}
