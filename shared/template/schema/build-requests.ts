/** Whether others may ask for runs by message. docs/events.md, "Requests by message". */
export const buildRequests = {
  type: 'object',
  title: 'buildRequests section',
  description: 'Let messages in the queue `build-requests` start runs of this template.',
  additionalProperties: false,
  properties: {
    parameters: {
      type: 'array',
      maxItems: 50,
      description: 'Names that a request may give values to; steps see them as environment variables.',
      items: {
        type: 'string',
        format: 'parameter-name',
        description: 'Name of a parameter.',
      },
    },
  },
} as const;
