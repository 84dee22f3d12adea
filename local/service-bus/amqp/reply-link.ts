import type { EventContext, Message, Sender } from 'rhea';
import { Credit } from './credit.ts';

/** More answers than any client waits for at once; one that takes none must not fill the memory. */
const MOST_WAITING = 1000;

/** Answers to requests of one client. They wait until it has given credit for them. */
export class ReplyLink {
  readonly #sender: Sender;
  readonly #credit: Credit;
  readonly #waiting: Message[] = [];

  constructor(sender: Sender) {
    this.#sender = sender;
    this.#credit = new Credit(sender);
    sender.on('sender_flow', () => this.#send());
    // An answer that is not settled on both sides takes room in the session for ever.
    for (const outcome of ['accepted', 'released', 'modified', 'rejected', 'settled'])
      sender.on(outcome, ({ delivery }: EventContext) => delivery?.update(true));
  }

  onClose(listener: () => void): void {
    this.#sender.on('sender_close', listener);
  }

  answer(message: Message): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
    this.#send();
  }

  #send(): void {
    while (this.#credit.left > 0) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#credit.use(this.#sender.send(message));
    }
  }
}
