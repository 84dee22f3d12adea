import type { TemplateHead } from '../model/documents/documents.ts';
import type { Customizer, ImageTemplate, Validator } from '../model/template.ts';
import { isObject, type JsonObject } from './schema/node.ts';

/**
 * Checksums that Kiln has filled in, by where their step is below `properties`. They are shown in the field of the author's
 * own ones, as the real service shows them, and taken out again when a client sends back what it has read: a template
 * that was read and written is the same template, and follows its URLs as before.
 */
export type Pins = Readonly<Record<string, string>>;

const LISTS = [
  ['customize', (template: ImageTemplate) => template.properties.customize],
  ['validate/inVMValidations', (template: ImageTemplate) => template.properties.validate?.validators ?? []],
] as const;

export function pinsOf(template: ImageTemplate): Pins {
  const pairs = LISTS.flatMap(([list, stepsOf]) =>
    stepsOf(template).flatMap((step, index) => {
      const sha256 = pinOf(step);
      return sha256 === undefined ? [] : [[`${list}/${index}`, sha256] as const];
    }),
  );
  return Object.fromEntries(pairs);
}

function pinOf(step: Customizer | Validator): string | undefined {
  if (step.type === 'File') return step.sha256;
  if (step.type !== 'Shell' && step.type !== 'PowerShell') return undefined;
  return step.script.kind === 'uri' ? step.script.sha256 : undefined;
}

/** The author's body with the checksums that were filled in. */
export function withPins({ body, pins = {} }: Pick<TemplateHead, 'body' | 'pins'>): unknown {
  return changed(body, (step, at) => {
    const pin = pins[at];
    const isOpen = !step['sha256Checksum'] && Boolean(step['scriptUri'] ?? step['sourceUri']);
    return pin !== undefined && isOpen ? { ...step, sha256Checksum: pin } : step;
  });
}

/** A body without the checksums that its sender has only read. */
export function withoutPins(sent: unknown, head: Pick<TemplateHead, 'body' | 'pins'> | undefined): unknown {
  const { body, pins = {} } = head ?? {};
  const open = new Map<string, JsonObject>();
  changed(body, (step, at) => {
    if (!step['sha256Checksum']) open.set(at, step);
    return step;
  });
  return changed(sent, (step, at) => {
    const written = open.get(at);
    const { sha256Checksum, ...rest } = step;
    if (written === undefined || pins[at] === undefined || pins[at] !== sha256Checksum) return step;
    return { ...rest, ...given('sha256Checksum', written['sha256Checksum']) };
  });
}

/** Every step of a body, each with its place below `properties`. */
function changed(body: unknown, change: (step: JsonObject, at: string) => JsonObject): unknown {
  if (!isObject(body) || !isObject(body['properties'])) return body;
  const { properties } = body;
  const steps = (list: unknown, at: string): unknown =>
    Array.isArray(list)
      ? list.map((step: unknown, index) => (isObject(step) ? change(step, `${at}/${index}`) : step))
      : list;
  const { customize, validate } = properties;
  const validators = isObject(validate) && {
    validate: {
      ...validate,
      ...given('inVMValidations', steps(validate['inVMValidations'], 'validate/inVMValidations')),
    },
  };
  return {
    ...body,
    properties: { ...properties, ...given('customize', steps(customize, 'customize')), ...validators },
  };
}

/** No field that the author has not written. */
function given(name: string, value: unknown): JsonObject {
  return value === undefined ? {} : { [name]: value };
}
