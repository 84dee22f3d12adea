/** Fields that several parts of the template schema share. */

/** Customizers, and validators, of one template: each is a command in the VM and a piece of the run's history. */
export const MOST_STEPS = 200;

export const stringMap = { type: 'object', additionalProperties: { type: 'string' } } as const;

export const readOnly = { readOnly: true, description: 'Read-only: ignored in requests.' } as const;
