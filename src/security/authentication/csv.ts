/** One record with the line it starts on, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: string[];
}

/**
 * Records of a comma-separated text as RFC 4180 has them: quoted fields may hold commas, line ends and doubled quotes. Empty
 * lines are skipped; records may differ in length.
 * @throws Error naming the line, for a quote that is not closed or stands within an unquoted field
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    for (;;) {
      const field = readField(text, at, line);
      fields.push(field.value);
      at = field.end;
      line = field.line;
      if (text[at] !== ',') break;
      at++;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at++;
    if (text[at] === '\n') line++;
    at++;
    if (fields.length > 1 || fields[0] !== '') records.push({ line: start, fields });
  }
  return records;
}

function readField(text: string, from: number, line: number): { value: string; end: number; line: number } {
  if (text[from] !== '"') {
    let end = from;
    while (end < text.length && !isEnd(text, end)) {
      if (text[end] === '"') throw new Error(`line ${line}: bare " in a field that is not quoted`);
      end++;
    }
    return { value: text.slice(from, end), end, line };
  }
  let value = '';
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Error(`line ${line}: quoted field is not closed`);
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    value += '"';
    at++;
  }
  const lines = value.split('\n').length - 1;
  if (at < text.length && !isEnd(text, at)) throw new Error(`line ${line + lines}: text after a closing quote`);
  return { value, end: at, line: line + lines };
}

function isEnd(text: string, at: number): boolean {
  const c = text[at];
  return c === ',' || c === '\n' || (c === '\r' && text[at + 1] === '\n');
}
