import { dumpJson, Float, isObject, type Json, type JsonObject } from './json.js';
import type { Step } from './scenario.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const IP = /\b10\.0\.0\.\d+\b/g;
const AGE = /^\d+(?:s|m\d+s)$/;
const SUFFIX = /-[a-z0-9]{5}\b/g;
const COUNTED = new Set(['resourceVersion', 'remainingItemCount', 'continue']);
/** A fraction of this many characters, with its point, is one of microseconds. */
const MICRO_FRACTION_MIN = 5;

/** Puts names in the place of what differs from run to run. */
export class Normalizer {
  private readonly generatesName: boolean;

  constructor(
    private readonly step: Step,
    private readonly variables: ReadonlyMap<string, Json>,
    private readonly hooks: { readonly port: number; readonly ca: string } | undefined,
  ) {
    this.generatesName = dumpJson(step.body ?? '').includes('generateName');
  }

  /** @param key of the object that holds the value, or the list that holds it */
  value(value: Json, key?: string): Json {
    if (typeof value === 'string') return this.text(value, key);
    if (Array.isArray(value)) return value.map((item) => this.value(item, key));
    if (isObject(value)) return this.object(value, key);
    return value;
  }

  private object(value: JsonObject, key: string | undefined): JsonObject {
    const out: JsonObject = {};
    for (const [name, item] of Object.entries(value)) {
      if (name === 'managedFields' && !this.step.managedFields) continue;
      if (COUNTED.has(name) && item !== null && item !== '' && item !== '0') out[name] = `<${name}>`;
      else out[name] = this.value(item, name);
    }
    // Prose is no part of the comparison.
    const described = value['description'];
    if (key === 'columnDefinitions' && described !== undefined && truthy(described)) out['description'] = '<text>';
    return out;
  }

  private text(text: string, key: string | undefined): string {
    let value = text.replaceAll(String(this.variables.get('ns')), '<ns>');
    for (const [name, saved] of this.variables) {
      if (name.startsWith('generated') && typeof saved === 'string' && saved !== '') {
        value = value.replaceAll(saved, `<${name}>`);
      }
    }
    value = value
      .replace(TIME, (_, fraction?: string) =>
        fraction !== undefined && fraction.length >= MICRO_FRACTION_MIN ? '<microtime>' : '<time>',
      )
      .replace(UUID, '<uid>')
      .replace(JWT, '<jwt>')
      .replace(IP, '<ip>');
    if (this.hooks !== undefined) {
      value = value.replaceAll(`:${this.hooks.port}`, ':<hookPort>').replaceAll(this.hooks.ca, '<hookCA>');
    }
    if ((key === 'name' || key === 'message') && this.generatesName) value = value.replace(SUFFIX, '-<suffix>');
    return this.step.ages !== false && AGE.test(value) ? '<age>' : value;
  }
}

function truthy(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Float) return value.value !== 0;
  return isObject(value) ? Object.keys(value).length > 0 : Boolean(value);
}
