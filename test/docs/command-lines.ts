// What a shell would run of a block, as far as the commands of the guides need it: words, quotes, pipes, lists, $(…), comments.

/** The simple commands of a script, each as its words. What $(…) runs comes as commands of its own. */
export function commandsOf(script: string): string[][] {
  const reader = new Reader(script.replaceAll(/\\\n\s*/g, ' '));
  return reader.commands();
}

/** Words that introduce a command, or begin a compound one: the command is behind them. */
const BEFORE_A_COMMAND = new Set(['do', 'then', 'else', 'if', 'while', 'until', '!', '$', 'debug>']);

class Reader {
  readonly #text: string;
  #at = 0;
  readonly #found: string[][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  commands(): string[][] {
    this.#list('');
    return this.#found.flatMap((words) => {
      const start = words.findIndex((word) => !BEFORE_A_COMMAND.has(word) && !/^\w+=/.test(word));
      return start === -1 ? [] : [words.slice(start)];
    });
  }

  /** Commands up to `end`, which is consumed. */
  #list(end: string): void {
    let words: string[] = [];
    const close = (): void => {
      if (words.length > 0) this.#found.push(words);
      words = [];
    };
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (char === end) break;
      if (/[ \t]/.test(char)) this.#at += 1;
      else if (char === '#') this.#skipLine();
      else if (/[\n;|&]/.test(char)) {
        this.#at += 1;
        close();
      } else if (/[<>]/.test(char)) this.#redirection();
      else words.push(this.#word(end));
    }
    close();
    this.#at += 1;
  }

  #skipLine(): void {
    const newline = this.#text.indexOf('\n', this.#at);
    this.#at = newline === -1 ? this.#text.length : newline;
  }

  #redirection(): void {
    const [whole = '>'] = /^[<>]+(&\d)?\s*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += whole.length;
    if (!/&\d/.test(whole)) this.#word('');
  }

  #word(end: string): string {
    let word = '';
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (char === end || /[\s;|&<>]/.test(char)) break;
      if (char === "'") word += this.#quoted();
      else if (char === '"') word += this.#doubleQuoted();
      else word += this.#plain(char);
    }
    return word;
  }

  #plain(char: string): string {
    if (this.#text.startsWith('$(', this.#at)) return this.#substitution();
    this.#at += char === '\\' ? 2 : 1;
    return char === '\\' ? (this.#text[this.#at - 1] ?? '') : char;
  }

  #quoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1)
      throw new Error(`nothing closes the quote in ${this.#text.slice(this.#at, this.#at + 30)}`);
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): string {
    let text = '';
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"')
      text += this.#plain(this.#text[this.#at] ?? '');
    this.#at += 1;
    return text;
  }

  #substitution(): string {
    this.#at += 2;
    this.#list(')');
    return '$(…)';
  }
}
