import { readFileSync } from 'node:fs';
import { WITHOUT_EFFECT } from './foreign-flags.js';
import { OPTIONS } from './option-table.js';
import { UsageError } from './option-values.js';
import { unknownOption } from './parse-arguments.js';

export interface ConfigFile {
  readonly texts: ReadonlyMap<string, readonly string[]>;
  readonly withoutEffect: readonly string[];
}

/**
 * A YAML map from the flags' names (without dashes) to their values; lists may be lists.
 * @throws UsageError when it cannot be read, is no such map, or has an unknown name
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const content = await parse(path);
  const texts = new Map<string, readonly string[]>();
  const withoutEffect: string[] = [];
  for (const [name, value] of Object.entries(content)) {
    if (WITHOUT_EFFECT.has(name)) withoutEffect.push(name);
    else if (OPTIONS.has(name)) texts.set(name, textsOf(path, name, value));
    else throw new UsageError(`${path}: ${unknownOption(name, name).message}`);
  }
  return { texts, withoutEffect };
}

async function parse(path: string): Promise<Record<string, unknown>> {
  const { parse: parseYaml } = await import('yaml');
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--config: cannot read ${path}: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UsageError(`--config: ${path} must hold a map of option names to values`);
  }
  return content as Record<string, unknown>;
}

function textsOf(path: string, name: string, value: unknown): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map((item: unknown) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number' || typeof item === 'boolean') return String(item);
    throw new UsageError(`${path}: ${name} must be a text, a number, true or false, or a list of texts`);
  });
}
