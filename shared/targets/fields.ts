/** Fields that several kinds of targets share. */

/** Not `.` or `..`, which are no names in a URL. */
const NAME_PATTERN = '^(?!\\.{1,2}$)[A-Za-z0-9-_.]{1,64}$';

export const targetFields = {
  runOutputName: {
    type: 'string',
    pattern: NAME_PATTERN,
    description: 'Name of the result; unique in the template.',
  },
  artifactTags: {
    type: 'object',
    additionalProperties: { type: 'string' },
    default: {},
    description: 'Tags of the image.',
  },
} as const;

export const region = { type: 'string', format: 'region' } as const;
