/** A text with `{n}` and `{c}` in it, taken apart once so that filling it costs a few joins. */
export class TextTemplate {
  private readonly parts: readonly string[];

  constructor(text: string) {
    this.parts = text.split(/(\{[nc]\})/);
  }

  fill(n: number, client: number): string {
    const { parts } = this;
    let text = parts[0] ?? '';
    for (let at = 1; at < parts.length; at += 2) {
      text += (parts[at] === '{n}' ? n : client) + (parts[at + 1] ?? '');
    }
    return text;
  }
}
