import type { Activity } from '../activity.ts';

export const checkInstance: Activity<'check-instance'> = (_app, { instance }, engine) =>
  engine.outcome(instance);
