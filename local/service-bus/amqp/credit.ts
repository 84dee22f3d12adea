import type { Delivery, Sender } from 'rhea';
import { flowOf, isWritten } from './rhea.convert.ts';

/** What a link may still send. Sending past the credit of one link would block all links of its session. */
export class Credit {
  readonly #sender: Sender;
  /** Handed to rhea, which takes them off the credit only when it writes them. */
  #queued: Delivery[] = [];

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  get left(): number {
    if (!this.#sender.is_open() || !this.#sender.sendable()) return 0;
    this.#queued = this.#queued.filter((delivery) => !isWritten(this.#sender, delivery));
    return flowOf(this.#sender).credit - this.#queued.length;
  }

  /** Counts a delivery that was handed to rhea just now. */
  use(delivery: Delivery): Delivery {
    this.#queued.push(delivery);
    return delivery;
  }
}
