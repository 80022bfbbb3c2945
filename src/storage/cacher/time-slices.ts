/** Longest stretch of work before other work gets its turn. */
const SLICE_MS = 4;
const STEPS_BETWEEN_LOOKS = 32;

/** Lets long loops share the event loop: `if (slices.due()) await slices.pause()`. Where one step is long by itself, look after each. */
export class TimeSlices {
  private began = performance.now();
  private steps = 0;

  constructor(private readonly stepsBetweenLooks = STEPS_BETWEEN_LOOKS) {}

  due(): boolean {
    this.steps++;
    if (this.steps % this.stepsBetweenLooks !== 0) return false;
    return performance.now() - this.began >= SLICE_MS;
  }

  async pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    this.began = performance.now();
  }
}
