import { RESERVED_WORDS } from '../reserved-words.js';

/** Names that are words of the language. */
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in', ...RESERVED_WORDS]);
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/**
 * The identifier by which expressions name a property; undefined where they cannot.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#escaping
 */
export function escapeProperty(name: string): string | undefined {
  if (name === '' || /^[0-9]/.test(name) || /[^a-zA-Z0-9_./-]/.test(name)) return undefined;
  if (WORDS.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (found) => ESCAPES[found]!);
}

/** What a field selection means: a word of the language, too, may follow a dot as it stands. @param fields by escaped names */
export function fieldNamed<T>(fields: ReadonlyMap<string, T>, name: string): T | undefined {
  return fields.get(name) ?? (WORDS.has(name) ? fields.get(`__${name}__`) : undefined);
}
