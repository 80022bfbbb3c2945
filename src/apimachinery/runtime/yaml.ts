import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { type JsonObject, type JsonValue, setOwn } from '../meta/json.js';
import { GO_DEPTH_MAX } from './go-json-syntax.js';
import { decodeJsonText, JSON_DEPTH_MAX, STRICT_ERRORS_MAX, SyntaxFault } from './strict-json.js';
import { openFlowError } from './yaml-open-flow.js';
import { goFloatText, isUnspeakableFloat, resolvePlain } from './yaml-rules.js';
import { writeYaml } from './yaml-writer.js';

/** Values that aliases may add to a document beyond this are taken for an attack. */
const ALIASED_NODES_MAX = 100_000;

const STRICT_LEAD = 'yaml: unmarshal errors:\n';
const OPEN_BRACE = 0x7b;

/**
 * The first document of a YAML body as JSON, by the rules of YAML 1.1: `yes` is true, keys are strings. An empty body is null.
 *
 * @param strict gains one text for all keys given twice: `yaml: unmarshal errors:\n  line 7: key "a" already set in map`
 *   (see {@link strictWarnings})
 * @throws SyntaxFault with the text of Go's error, for example `yaml: line 2: did not find expected key`
 */
export function parseYamlDocument(body: Buffer, strict: string[]): JsonValue {
  return parseAsJson(body) ?? new YamlConverter(body.toString(), strict).convert();
}

/** The YAML text of a value, as the reference writes it. */
export function formatYaml(value: JsonValue): string {
  return writeYaml(value);
}

/** What a client is warned of, given one text of `strict`: duplicates in YAML are told line by line. */
export function strictWarnings(text: string): string[] {
  if (!text.startsWith(STRICT_LEAD)) return [text];
  return text
    .slice(STRICT_LEAD.length)
    .split('\n')
    .map((line) => line.trim());
}

/** JSON is YAML: most "YAML" bodies that programs send take the fast way. Undefined: it is no JSON, or not quite. */
function parseAsJson(body: Buffer): JsonValue | undefined {
  if (body[0] !== OPEN_BRACE) return undefined;
  const duplicates: string[] = [];
  try {
    const value = decodeJsonText(body, duplicates);
    return duplicates.length === 0 ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return undefined;
    throw error;
  }
}

/** Walks the syntax tree of the first document. */
class YamlConverter {
  private readonly duplicates: string[] = [];
  private readonly anchors = new Map<string, Node>();
  private readonly open = new Set<Node>();
  private aliasDepth = 0;
  private aliasedNodes = 0;
  private lineStarts: number[] | undefined;

  constructor(
    private readonly text: string,
    private readonly strict: string[],
  ) {}

  convert(): JsonValue {
    if (deepest(this.text) > JSON_DEPTH_MAX) throw tooDeep();
    const [document] = this.parse();
    if (document === undefined) return null;
    const fault = document.errors[0];
    if (fault !== undefined) throw new SyntaxFault(`yaml: ${this.goError(fault, document)}`);
    const value = this.node(document.contents as Node | null, 0);
    if (this.duplicates.length > 0) {
      this.strict.push(STRICT_LEAD + this.duplicates.map((duplicate) => `  ${duplicate}`).join('\n'));
    }
    return value;
  }

  private goError(fault: YAMLError, { errors, contents }: Document): string {
    const inFlow = /^Flow /.test(fault.message) ? openFlowError(this.text) : undefined;
    if (inFlow !== undefined) return inFlow;
    const spread = errors.find(({ code }) => code === 'MULTILINE_IMPLICIT_KEY');
    if (spread !== undefined && (spread === fault || fault.code === 'BLOCK_AS_IMPLICIT_KEY')) {
      return `line ${this.lineOf(spread.pos[1] - 1)}: mapping values are not allowed in this context`;
    }
    return goYamlError(fault, isSeq(contents));
  }

  private parse() {
    try {
      const documents = parseAllDocuments(this.text, {
        schema: 'failsafe',
        version: '1.1',
        uniqueKeys: false,
        stringKeys: false,
      });
      return Array.isArray(documents) ? documents : [];
    } catch (error) {
      if (error instanceof RangeError) throw tooDeep();
      throw error;
    }
  }

  private node(node: Node | null, depth: number): JsonValue {
    if (node === null) return null;
    if (depth > JSON_DEPTH_MAX) throw tooDeep();
    if (this.aliasDepth > 0 && ++this.aliasedNodes > ALIASED_NODES_MAX) {
      throw new SyntaxFault('yaml: document contains excessive aliasing');
    }
    if (isAlias(node)) return this.alias(node, depth);
    if ('anchor' in node && node.anchor) this.anchors.set(node.anchor, node);
    if (isScalar(node)) return scalarValue(node);
    this.open.add(node);
    const value = isMap(node)
      ? this.map(node as YAMLMap, depth)
      : isSeq(node)
        ? this.list(node.items as Node[], depth)
        : null;
    this.open.delete(node);
    return value;
  }

  private list(items: readonly (Node | null)[], depth: number): JsonValue {
    return items.map((item) => this.node(item, depth + 1));
  }

  private alias(alias: Alias, depth: number): JsonValue {
    const target = this.targetOf(alias);
    this.aliasDepth++;
    const value = this.node(target, depth + 1);
    this.aliasDepth--;
    return value;
  }

  private targetOf(alias: Alias): Node {
    const target = this.anchors.get(alias.source);
    if (target === undefined) throw new SyntaxFault(`yaml: unknown anchor '${alias.source}' referenced`);
    if (this.open.has(target)) throw new SyntaxFault(`yaml: anchor '${alias.source}' value contains itself`);
    return target;
  }

  private map(map: YAMLMap, depth: number): JsonValue {
    const object: JsonObject = {};
    const merged: JsonValue[] = [];
    for (const pair of map.items as Pair<Node | null, Node | null>[]) {
      if (isMergeKey(pair.key)) {
        merged.push(this.node(pair.value, depth + 1));
        continue;
      }
      const name = this.keyText(pair.key, depth);
      if (Object.hasOwn(object, name)) this.duplicate(name, pair.key);
      setOwn(object, name, this.node(pair.value, depth + 1));
    }
    for (const source of merged.flat()) mergeInto(object, source);
    return object;
  }

  private keyText(key: Node | null, depth: number): string {
    const value = this.node(key, depth + 1);
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return goFloatText(value);
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
    throw new SyntaxFault(`Unsupported map key of type: ${value === null ? 'nil' : 'map'}`);
  }

  private duplicate(name: string, key: Node | null): void {
    if (this.duplicates.length >= STRICT_ERRORS_MAX) return;
    const line = this.lineOf(key?.range?.[0] ?? 0);
    this.duplicates.push(`line ${line}: key ${JSON.stringify(name)} already set in map`);
  }

  /** Line of an offset, from 1. */
  private lineOf(offset: number): number {
    if (this.lineStarts === undefined) {
      this.lineStarts = [];
      for (let at = 0; at !== -1; at = this.text.indexOf('\n', at)) this.lineStarts.push(at++);
    }
    let line = 1;
    while (line < this.lineStarts.length && this.lineStarts[line]! < offset) line++;
    return line;
  }
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN;
}

/** Fields of a merged map count only where the map itself has none. */
function mergeInto(object: JsonObject, source: JsonValue): void {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    throw new SyntaxFault('yaml: map merge requires map or sequence of maps as the value');
  }
  for (const name of Object.keys(source)) if (!Object.hasOwn(object, name)) setOwn(object, name, source[name]!);
}

function scalarValue(scalar: Scalar): JsonValue {
  const text = String(scalar.value ?? '');
  switch (scalar.tag) {
    case undefined:
    case '':
      break;
    case 'tag:yaml.org,2002:binary':
      return Buffer.from(text, 'base64').toString();
    case 'tag:yaml.org,2002:str':
      return text;
    default:
      return resolvePlain(text);
  }
  if (scalar.type !== undefined && scalar.type !== Scalar.PLAIN) return text;
  if (isUnspeakableFloat(text)) throw new SyntaxFault(`json: unsupported value: ${text.replace('.', '')}`);
  return resolvePlain(text);
}

function tooDeep(): SyntaxFault {
  return new SyntaxFault(`yaml: exceeded max depth of ${GO_DEPTH_MAX}`);
}

/** Rough nesting of the text's flow collections and indentation: an upper bound that costs one pass. */
function deepest(text: string): number {
  let depth = 0;
  let max = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === OPEN_BRACE) max = Math.max(max, ++depth);
    else if (c === 0x5d || c === 0x7d) depth = Math.max(0, depth - 1);
  }
  return max;
}

/** What Go's reader says where ours found this fault; lines as Go counts them: from 0 in the parser, none on the first. */
function goYamlError(error: YAMLError, inList: boolean): string {
  const line = (error.linePos?.[0].line ?? 1) - 1;
  const at = (shift: number) => (line > 0 ? `line ${line + shift}: ` : '');
  switch (error.code) {
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BLOCK_IN_FLOW':
      return `${at(1)}mapping values are not allowed in this context`;
    case 'TAB_AS_INDENT':
      return `${at(1)}found character that cannot start any token`;
    case 'BAD_ALIAS':
      return `${at(1)}did not find expected alphabetic or numeric character`;
    case 'KEY_OVER_1024_CHARS':
      return `${at(1)}could not find expected ':'`;
    case 'BAD_DQ_ESCAPE':
      return `${at(1)}found unknown escape character`;
    case 'BAD_SCALAR_START':
      return `${at(1)}found character that cannot start any token`;
    case 'UNEXPECTED_TOKEN':
      if (!/scalar at node end/.test(error.message)) return `${at(0)}did not find expected node content`;
      return `${at(0)}did not find expected ${inList ? "'-' indicator" : 'key'}`;
    case 'MISSING_CHAR':
      return missingChar(error, at);
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
      return `${at(0)}did not find expected node content`;
    default: {
      const bracket = /end with an? ([\]}])/.exec(error.message)?.[1];
      return `${at(0)}did not find expected ${bracket === undefined ? 'key' : `',' or '${bracket}'`}`;
    }
  }
}

function missingChar(error: YAMLError, at: (shift: number) => string): string {
  if (/closing .*quote/.test(error.message)) return `${at(1)}found unexpected end of stream`;
  if (/flow (?:map|sequence|collection)/.test(error.message) || /ending with/.test(error.message)) {
    return `${at(0)}did not find expected ',' or ${error.message.includes('}') ? "'}'" : "']'"}`;
  }
  return `${at(2)}could not find expected ':'`;
}
