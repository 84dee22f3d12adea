import type { PurchasePlan } from './template.ts';

/** Two plans, without case; two absent ones are the same. */
export function samePlan(one: PurchasePlan | undefined, other: PurchasePlan | undefined): boolean {
  return planText(one).toLowerCase() === planText(other).toLowerCase();
}

/** `publisher:product:name`, or `none`. */
export function planText(plan: PurchasePlan | undefined): string {
  return plan === undefined ? 'none' : `${plan.planPublisher}:${plan.planProduct}:${plan.planName}`;
}
