const QUOTE = '"';
const BACKSLASH = '\\';

/** Compact JSON text over several lines, as Go's json.Indent with two spaces does; numbers and texts stay as they are written. */
export function indentJson(compact: string): string {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  const breakAt = (end: number): void => {
    parts.push(compact.slice(from, end), '\n', '  '.repeat(depth));
    from = end;
  };
  for (let i = 0; i < compact.length; i++) {
    const c = compact[i];
    if (c === QUOTE) {
      i = endOfString(compact, i);
    } else if (c === '{' || c === '[') {
      const next = compact[i + 1];
      if (next === '}' || next === ']') i++;
      else {
        depth++;
        breakAt(i + 1);
      }
    } else if (c === '}' || c === ']') {
      depth--;
      breakAt(i);
    } else if (c === ',') breakAt(i + 1);
    else if (c === ':') {
      parts.push(compact.slice(from, i + 1), ' ');
      from = i + 1;
    }
  }
  parts.push(compact.slice(from));
  return parts.join('');
}

/** Where the text that starts at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}
