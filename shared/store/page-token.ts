import { KilnError } from '../errors/failure.ts';

export function foreignToken(): KilnError {
  const message =
    'The $skipToken is not from a nextLink of this list. Follow a nextLink as it is, or begin without one.';
  return new KilnError({ code: 'InvalidValue', target: '$skipToken', message });
}
