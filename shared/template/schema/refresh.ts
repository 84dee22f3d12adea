/** Golden images: when a template is built again by itself. docs/events.md, "Golden images that refresh themselves". */
export const refresh = {
  type: 'object',
  title: 'refresh section',
  description: 'Build again by itself when something that decides the image has changed.',
  additionalProperties: false,
  properties: {
    schedule: {
      type: 'object',
      title: 'schedule',
      description: 'When to look whether something has changed. Without it: every hour.',
      required: ['cron'],
      additionalProperties: false,
      properties: {
        cron: {
          type: 'string',
          format: 'cron',
          description: 'Minute, hour, day, month, weekday: `0 3 * * SUN`.',
        },
        timeZone: {
          type: 'string',
          format: 'time-zone',
          default: 'UTC',
          description: 'IANA name of the zone that the schedule is meant in.',
        },
      },
    },
    onSourceUpdate: {
      type: 'boolean',
      default: true,
      description: 'Build when the source has a newer version.',
    },
    onScriptChange: {
      type: 'boolean',
      default: true,
      description: 'Build when a script or file at a URL has other content.',
    },
    maximumAgeInDays: {
      type: 'integer',
      minimum: 1,
      maximum: 3650,
      description: 'Build at this age although nothing has changed.',
    },
    disableAfterFailures: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 3,
      description: 'Failed runs in a row after which it is not refreshed any more.',
    },
  },
} as const;
