import type { Shape } from '../template/check-shape.ts';
import { LIMITS } from './inventory.ts';

const TYPES = ['deb', 'rpm', 'snap', 'pypi', 'npm', 'windows', 'hotfix', 'appx', 'feature'];
const STATES = ['enabled', 'disabled', 'masked', 'static', 'automatic', 'manual'];

const text = { type: 'string', maxLength: 1024 } as const;
const name = { type: 'string', minLength: 1, maxLength: 1024 } as const;
const count = { type: 'integer', minimum: 0 } as const;

function record(required: object, optional: object = {}) {
  const properties = { ...required, ...optional };
  return { type: 'object', additionalProperties: false, required: Object.keys(required), properties };
}

function list(items: object, maxItems?: number) {
  return { type: 'array', items, ...(maxItems !== undefined && { maxItems }) };
}

/** The JSON Schema of an inventory, for whoever reads one that Kiln has not just made itself. */
export const inventorySchema = record(
  {
    schema: { const: 1 },
    os: record(
      { family: { enum: ['linux', 'windows'] }, id: name, version: text, name: text, architecture: name },
      { codename: text, kernel: text },
    ),
    packages: list(
      record(
        { type: { enum: TYPES }, name, version: text },
        { architecture: text, source: record({ name, version: text }) },
      ),
      LIMITS.packages,
    ),
    services: list(record({ name, state: { enum: STATES } }), LIMITS.services),
    listening: list(
      record(
        { protocol: { enum: ['tcp', 'udp'] }, address: text, port: { ...count, maximum: 65_535 } },
        { process: text },
      ),
      LIMITS.listening,
    ),
    users: list(record({ name, groups: list(text) }, { uid: count, shell: text }), LIMITS.users),
    repositories: list(text, LIMITS.repositories),
    disk: record({ usedBytes: count, folders: list(record({ path: text, bytes: count }), LIMITS.folders) }),
  },
  { cut: list(text) },
);

export const INVENTORY: Shape = { name: 'inventory', schema: inventorySchema };
