/** The words of an inventory stand on the ground floor, because the store keeps one. */
export * from '../model/inventory.ts';
