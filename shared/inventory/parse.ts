import { KilnError } from '../errors/failure.ts';
import { checkShape } from '../template/checker.ts';
import { explain } from '../template/explain.ts';
import type { Inventory } from './inventory.ts';
import { INVENTORY } from './schema.ts';

/** An inventory from JSON. @throws {KilnError} InvalidValue with every problem and its JSON pointer. */
export function parseInventory(value: unknown): Inventory {
  const errors = checkShape(value, INVENTORY, { urls: { allow: [] }, artifacts: false });
  const isInventory = (_value: unknown): _value is Inventory => errors.length === 0;
  if (isInventory(value)) return value;
  const details = errors.map((error) =>
    explain(error, { value, schema: INVENTORY.schema, version: '2026-11-01' }),
  );
  const message = `This is not an inventory of Kiln: ${details[0]?.target ?? ''} ${details[0]?.message ?? ''}`;
  throw new KilnError({ code: 'InvalidValue', message, details });
}
