/** Fields that several parts of the template schema share. */

/** Not `.` or `..`, which are no names in a URL. */
export const NAME_PATTERN = '^(?!\\.{1,2}$)[A-Za-z0-9-_.]{1,64}$';

/** Customizers, and validators, of one template: each is a command in the VM and a piece of the run's history. */
export const MOST_STEPS = 200;

export const stringMap = { type: 'object', additionalProperties: { type: 'string' } } as const;

export const readOnly = { readOnly: true, description: 'Read-only: ignored in requests.' } as const;

export const storageAccountType = {
  type: 'string',
  enum: ['Standard_LRS', 'Standard_ZRS', 'Premium_LRS'],
  description: 'Storage of the image replica.',
} as const;
