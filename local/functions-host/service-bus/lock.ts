import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';

/** Renews after this share of what is left of a lock. */
const SHARE = 0.5;
const SHORTEST_MS = 100;

/**
 * Renews the lock of a message while its function runs, for `most` milliseconds at the longest. Gives how to end that. A
 * renewal that fails is the last: the lock is lost, or the function has settled the message itself.
 */
export function keepLocked(
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
  most: number,
): () => void {
  const end = Date.now() + most;
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  const arm = (until: Date | undefined): void => {
    if (until === undefined || isEnded) return;
    const wait = Math.max(SHORTEST_MS, (until.getTime() - Date.now()) * SHARE);
    if (Date.now() + wait > end) return;
    timer = setTimeout(() => {
      receiver.renewMessageLock(message).then(arm, () => undefined);
    }, wait);
  };
  arm(message.lockedUntilUtc);
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
