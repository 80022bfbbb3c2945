/** Nesting that Go's JSON and YAML readers still follow. */
export const GO_DEPTH_MAX = 10_000;

type State =
  | 'value'
  | 'value-or-end'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'end-value'
  | 'end-top'
  | 'zero'
  | 'minus'
  | 'digits'
  | 'dot'
  | 'fraction'
  | 'exponent'
  | 'exponent-sign'
  | 'exponent-digits';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * What Go's JSON scanner says of text that is not JSON: `invalid character 'x' after object key`, `unexpected end of JSON
 * input`. Works on bytes, as Go does; undefined where the text is good.
 * @see https://pkg.go.dev/encoding/json#SyntaxError
 */
export function goJsonSyntaxError(bytes: Uint8Array): string | undefined {
  return new GoScanner(bytes).fault();
}

/** Go's `quoteChar`: the byte taken as a character. */
function quoteByte(byte: number): string {
  const char = String.fromCharCode(byte);
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  if (byte >= 0x20 && byte < 0x7f) return `'${char === '\\' ? '\\\\' : char}'`;
  const short: Record<string, string> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  if (short[char] !== undefined) return `'${short[char]}'`;
  if (byte < 0x80) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  return byte < 0xa1 || byte === 0xad ? `'\\u00${byte.toString(16)}'` : `'${char}'`;
}

class GoScanner {
  private at = 0;
  private state: State = 'value';
  /** One entry an open object or array: '{' before a colon, ':' after it, '[' in a list. */
  private readonly stack: ('{' | ':' | '[')[] = [];

  constructor(private readonly bytes: Uint8Array) {}

  fault(): string | undefined {
    while (this.at < this.bytes.length) {
      const fault = this.step(this.bytes[this.at]!);
      if (fault !== undefined) return fault;
    }
    if (this.stack.length === 0 && /^(?:zero|digits|fraction|exponent-digits|end-top)$/.test(this.state))
      return undefined;
    return 'unexpected end of JSON input';
  }

  private step(byte: number): string | undefined {
    const number = this.numberStep(byte);
    if (number !== 'ended') return number;
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) {
      this.at++;
      return undefined;
    }
    const char = String.fromCharCode(byte);
    switch (this.state) {
      case 'value-or-end':
        return char === ']' ? this.close() : this.value(char, byte);
      case 'value':
        return this.value(char, byte);
      case 'key-or-end':
        if (char === '}') return this.close();
        return this.key(char, byte);
      case 'key':
        return this.key(char, byte);
      case 'colon':
        if (char !== ':') return invalid(byte, 'after object key');
        this.stack[this.stack.length - 1] = ':';
        return this.go('value');
      case 'end-top':
        return invalid(byte, 'after top-level value');
      default:
        return this.endValue(char, byte);
    }
  }

  private value(char: string, byte: number): string | undefined {
    if (char === '{' || char === '[') {
      this.stack.push(char);
      if (this.stack.length > GO_DEPTH_MAX) return 'exceeded max depth';
      return this.go(char === '{' ? 'key-or-end' : 'value-or-end');
    }
    if (char === '"') return this.string();
    if (char === '-') return this.go('minus');
    if (char === '0') return this.go('zero');
    if (char >= '1' && char <= '9') return this.go('digits');
    const word = { t: 'true', f: 'false', n: 'null' }[char];
    return word === undefined ? invalid(byte, 'looking for beginning of value') : this.literal(word);
  }

  private key(char: string, byte: number): string | undefined {
    if (char !== '"') return invalid(byte, 'looking for beginning of object key string');
    const fault = this.string();
    this.state = 'colon';
    return fault;
  }

  private endValue(char: string, byte: number): string | undefined {
    const inside = this.stack.at(-1);
    if (inside === ':') {
      if (char === '}') return this.close();
      if (char !== ',') return invalid(byte, 'after object key:value pair');
      this.stack[this.stack.length - 1] = '{';
      return this.go('key');
    }
    if (char === ']') return this.close();
    return char === ',' ? this.go('value') : invalid(byte, 'after array element');
  }

  private close(): undefined {
    this.stack.pop();
    this.at++;
    this.ended();
  }

  private ended(): void {
    this.state = this.stack.length === 0 ? 'end-top' : 'end-value';
  }

  private go(state: State): undefined {
    this.at++;
    this.state = state;
  }

  private literal(word: string): string | undefined {
    for (let i = 0; i < word.length; i++, this.at++) {
      const byte = this.bytes[this.at];
      if (byte === undefined) return undefined;
      if (byte !== word.charCodeAt(i)) return invalid(byte, `in literal ${word} (expecting '${word[i]}')`);
    }
    this.ended();
    return undefined;
  }

  private string(): string | undefined {
    this.at++;
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at]!;
      if (byte === QUOTE) {
        this.at++;
        this.ended();
        return undefined;
      }
      if (byte < 0x20) return invalid(byte, 'in string literal');
      if (byte === BACKSLASH) {
        const fault = this.escape();
        if (fault !== undefined) return fault;
      }
    }
    this.state = 'value';
    return undefined;
  }

  private escape(): string | undefined {
    const byte = this.bytes[++this.at];
    if (byte === undefined) return undefined;
    if (byte !== 0x75)
      return '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? undefined : invalid(byte, 'in string escape code');
    for (let i = 0; i < 4; i++) {
      const digit = this.bytes[++this.at];
      if (digit === undefined) return undefined;
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(digit))) return invalid(digit, 'in \\u hexadecimal character escape');
    }
    return undefined;
  }

  /** Steps inside a number; 'ended' where the byte is none of its business. */
  private numberStep(byte: number): string | undefined | 'ended' {
    const digit = byte >= 0x30 && byte <= 0x39;
    const char = String.fromCharCode(byte);
    const exponent = char === 'e' || char === 'E';
    switch (this.state) {
      case 'minus':
        if (!digit) return invalid(byte, 'in numeric literal');
        return this.go(char === '0' ? 'zero' : 'digits');
      case 'digits':
      case 'zero':
        if (digit && this.state === 'digits') return this.go('digits');
        if (char === '.') return this.go('dot');
        if (exponent) return this.go('exponent');
        break;
      case 'dot':
        return digit ? this.go('fraction') : invalid(byte, 'after decimal point in numeric literal');
      case 'fraction':
        if (digit) return this.go('fraction');
        if (exponent) return this.go('exponent');
        break;
      case 'exponent':
        if (char === '+' || char === '-') return this.go('exponent-sign');
        return digit ? this.go('exponent-digits') : invalid(byte, 'in exponent of numeric literal');
      case 'exponent-sign':
        return digit ? this.go('exponent-digits') : invalid(byte, 'in exponent of numeric literal');
      case 'exponent-digits':
        if (digit) return this.go('exponent-digits');
        break;
      default:
        return 'ended';
    }
    this.ended();
    return 'ended';
  }
}

function invalid(byte: number, where: string): string {
  return `invalid character ${quoteByte(byte)} ${where}`;
}
