/** Lets one in at a time, in order of arrival. */
export class Turnstile {
  private last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn, to the function that ends it. */
  enter(): Promise<() => void> {
    let leave!: () => void;
    const before = this.last;
    this.last = new Promise<void>((resolve) => {
      leave = resolve;
    });
    return before.then(() => leave);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
