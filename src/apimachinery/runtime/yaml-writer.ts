import { isJsonObject, type JsonObject, type JsonValue } from '../meta/json.js';
import { compareYamlKeys, goFloatText, resolvesToString } from './yaml-rules.js';
import { analyzeScalar, escapeScalar, type ScalarAnalysis } from './yaml-scalar.js';

/** Column after which a scalar is broken at its next space. */
const BEST_WIDTH = 80;
const INDENT = 2;
/** Longer keys are written in the `? key` form. */
const SIMPLE_KEY_LENGTH_MAX = 128;

/**
 * YAML as the reference writes it: keys in natural order, lists not indented under their key, strings quoted only where they
 * would be read as something else, long ones folded at 80 columns, literal blocks for text of several lines.
 */
export function writeYaml(value: JsonValue): string {
  const writer = new YamlWriter();
  writer.document(value);
  return writer.text();
}

class YamlWriter {
  private readonly parts: string[] = [];
  private column = 0;

  text(): string {
    return this.parts.join('');
  }

  document(value: JsonValue): void {
    this.node(value, 0, false);
    if (this.column > 0) this.newLine(0);
  }

  private put(text: string): void {
    this.parts.push(text);
    const lineBreak = text.lastIndexOf('\n');
    this.column = lineBreak === -1 ? this.column + [...text].length : [...text.slice(lineBreak + 1)].length;
  }

  private newLine(indent: number): void {
    this.put(`\n${' '.repeat(indent)}`);
  }

  /** Starts an entry of a block collection; the first one of a list's item stays on the line of its dash. */
  private startEntry(indent: number, sameLine: boolean): void {
    if (!sameLine && this.parts.length > 0) {
      if (this.column > 0) this.newLine(indent);
      else this.put(' '.repeat(indent));
    }
  }

  /** @param inList the value follows a dash: its first entry goes on the same line */
  private node(value: JsonValue, indent: number, inList: boolean): void {
    if (Array.isArray(value) && value.length > 0) this.list(value, indent, inList);
    else if (isJsonObject(value) && fieldsOf(value).length > 0) this.map(value, indent, inList);
    else this.put(typeof value === 'object' && value !== null ? (Array.isArray(value) ? '[]' : '{}') : '');
  }

  private list(list: JsonValue[], indent: number, inList: boolean): void {
    list.forEach((item, i) => {
      this.startEntry(indent, inList && i === 0);
      this.put('-');
      this.valueAfter(item, indent, true);
    });
  }

  private map(object: JsonObject, indent: number, inList: boolean): void {
    fieldsOf(object).forEach((name, i) => {
      this.startEntry(indent, inList && i === 0);
      const simple = isSimpleKey(name);
      if (!simple) this.put('? ');
      this.string(name, indent + INDENT, simple);
      if (!simple) this.startEntry(indent, false);
      this.put(':');
      this.valueAfter(object[name]!, indent, false);
    });
  }

  /** The value after `key:` or `-`, which stands at `indent`. */
  private valueAfter(value: JsonValue, indent: number, inList: boolean): void {
    if (isBlock(value)) {
      if (inList) this.put(' ');
      const deeper = inList || !Array.isArray(value) ? indent + INDENT : indent;
      this.node(value, deeper, inList);
      return;
    }
    this.put(' ');
    if (typeof value === 'string') this.string(value, indent + INDENT, false);
    else this.put(scalarText(value));
  }

  private string(text: string, indent: number, isKey: boolean): void {
    const analysis = analyzeScalar(text);
    if (text.includes('\n') && !isKey && analysis.blockAllowed) this.literal(text, indent);
    else if (!text.includes('\n') && resolvesToString(text)) this.plainOrQuoted(text, analysis, indent, isKey);
    else this.doubleQuoted(text, indent, isKey);
  }

  private plainOrQuoted(text: string, analysis: ScalarAnalysis, indent: number, isKey: boolean): void {
    if (analysis.plainAllowed) this.folded(text, indent, isKey);
    else if (analysis.singleQuotedAllowed) this.singleQuoted(text, indent, isKey);
    else this.doubleQuoted(text, indent, isKey);
  }

  /** Plain text, broken at single spaces beyond the width. */
  private folded(text: string, indent: number, isKey: boolean): void {
    let line = '';
    const flush = () => {
      this.put(line);
      line = '';
    };
    for (let i = 0; i < text.length; i++) {
      const breaks = !isKey && this.breaksAt(text, i, this.column + line.length);
      if (breaks) {
        flush();
        this.newLine(indent);
      } else {
        line += text[i];
      }
    }
    flush();
  }

  private singleQuoted(text: string, indent: number, isKey: boolean): void {
    this.put("'");
    let line = '';
    for (let i = 0; i < text.length; i++) {
      const inside = i > 0 && i < text.length - 1;
      if (!isKey && inside && this.breaksAt(text, i, this.column + line.length)) {
        this.put(line);
        line = '';
        this.newLine(indent);
      } else {
        line += text[i] === "'" ? "''" : text[i];
      }
    }
    this.put(`${line}'`);
  }

  private doubleQuoted(text: string, indent: number, isKey: boolean): void {
    this.put('"');
    const chars = [...text];
    let spaces = false;
    for (let i = 0; i < chars.length; i++) {
      const c = chars[i]!;
      if (c !== ' ') {
        this.put(escapeScalar(c));
        spaces = false;
        continue;
      }
      if (!isKey && !spaces && this.column > BEST_WIDTH && i > 0 && i < chars.length - 1) {
        this.newLine(indent);
        if (chars[i + 1] === ' ') this.put('\\');
      } else {
        this.put(' ');
      }
      spaces = true;
    }
    this.put('"');
  }

  /** A single space beyond the width: the line may end there. */
  private breaksAt(text: string, i: number, column: number): boolean {
    return text[i] === ' ' && column > BEST_WIDTH && text[i - 1] !== ' ' && text[i + 1] !== ' ';
  }

  private literal(text: string, indent: number): void {
    const hint = text[0] === ' ' || text[0] === '\n' ? String(INDENT) : '';
    const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
    this.put(`|${hint}${chomp}`);
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
    for (const line of lines) this.put(line === '' ? '\n' : `\n${' '.repeat(indent)}${line}`);
    if (text.endsWith('\n')) this.put('\n');
  }
}

function isBlock(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) && fieldsOf(value).length > 0;
}

function isSimpleKey(name: string): boolean {
  return Buffer.byteLength(name) <= SIMPLE_KEY_LENGTH_MAX && !name.includes('\n');
}

function fieldsOf(object: JsonObject): string[] {
  return Object.keys(object)
    .filter((name) => object[name] !== undefined)
    .sort(compareYamlKeys);
}

function scalarText(value: JsonValue): string {
  if (typeof value === 'number') return goFloatText(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : String(value);
}
