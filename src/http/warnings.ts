/** Together with {@link ITEM_CHARS_MAX} as upstream: beyond the total each text is cut, and what still does not fit is dropped. */
const TOTAL_CHARS_MAX = 4096;
const ITEM_CHARS_MAX = 256;
/** Distinct warnings kept for one request. */
const WARNINGS_MAX = 128;

/**
 * Warnings of one answer, each once, as values of the Warning header (RFC 7234, warn-code 299).
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/filters/warning.go (behaviour)
 */
export class Warnings {
  private readonly texts = new Set<string>();

  add(text: string): void {
    if (text !== '' && this.texts.size < WARNINGS_MAX) this.texts.add(text);
  }

  /** Header values in the order the warnings came; UTF-8 bytes as latin1 characters, which is how Node writes headers. */
  headers(): string[] {
    let total = 0;
    for (const text of this.texts) total += text.length;
    const cut = total > TOTAL_CHARS_MAX;
    const values: string[] = [];
    let used = 0;
    for (const text of this.texts) {
      const kept = cut ? [...text].slice(0, ITEM_CHARS_MAX).join('') : text;
      used += kept.length;
      if (used > TOTAL_CHARS_MAX) break;
      values.push(`299 - "${escapeQuoted(kept)}"`);
    }
    return values;
  }
}

/** The inside of a quoted-string: control characters become spaces, quotes and backslashes are escaped. */
function escapeQuoted(text: string): string {
  const clean = text.replace(/\p{Cc}/gu, ' ').replace(/["\\]/g, '\\$&');
  return Buffer.from(clean, 'utf8').toString('latin1');
}
