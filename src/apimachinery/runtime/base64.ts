/** Padded base64 without line breaks; whether its length is a multiple of four is left to {@link base64Fault}. */
export const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Index of the byte at which Go's base64 decoder gives up; undefined where the text is good. Line breaks are skipped.
 * @see https://pkg.go.dev/encoding/base64#CorruptInputError
 */
export function base64Fault(text: string): number | undefined {
  if (BASE64.test(text)) return undefined;
  let quantum = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (isLineBreak(c)) continue;
    if (c === '=') return paddingFault(text, i, quantum);
    if (!/[A-Za-z0-9+/]/.test(c)) return i;
    quantum = (quantum + 1) % 4;
  }
  return quantum === 0 ? undefined : text.length - quantum;
}

function paddingFault(text: string, at: number, quantum: number): number | undefined {
  if (quantum < 2) return at;
  let next = skipLineBreaks(text, at + 1);
  if (quantum === 2) {
    if (next === text.length) return text.length;
    if (text[next] !== '=') return next - 1;
    next = skipLineBreaks(text, next + 1);
  }
  return next < text.length ? next : undefined;
}

function skipLineBreaks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isLineBreak(text[at]!)) at++;
  return at;
}

function isLineBreak(c: string): boolean {
  return c === '\n' || c === '\r';
}
