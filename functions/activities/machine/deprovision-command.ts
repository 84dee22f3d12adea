/** Run command, and log, of deprovisioning. */
export const DEPROVISION = 'deprovision';
