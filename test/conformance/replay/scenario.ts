import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../support/project-root.js';
import { type Json, type JsonObject, parseJson } from './json.js';

/** One step of a conversation. What its parts mean is told in ../README.md. */
export interface Step {
  readonly do?: string;
  readonly watch?: string;
  readonly hook?: string;
  readonly sleep?: number;
  readonly body?: Json;
  readonly as?: string;
  readonly headers?: Record<string, string | null>;
  readonly type?: string;
  readonly accept?: string;
  readonly save?: Record<string, string>;
  readonly retry?: { readonly until: JsonObject; readonly seconds?: number };
  readonly keep?: readonly string[];
  readonly unordered?: readonly string[];
  readonly managedFields?: boolean;
  readonly ages?: boolean;
  readonly bookmarks?: boolean;
  readonly during?: readonly Step[];
  readonly events?: number;
  readonly seconds?: number;
  readonly expect?: Json;
}

export interface Route {
  readonly review?: JsonObject;
  readonly delay?: number;
  readonly convert?: { readonly rename?: readonly (readonly [string, string])[]; readonly result?: Json };
  readonly status?: number;
  readonly body?: Json;
  readonly headers?: Record<string, string>;
}

/** A recorded conversation, in a namespace of its own unless `noNamespace`. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly steps: readonly Step[];
  readonly hooks?: Record<string, Route>;
  /** The version that conversions rename towards. */
  readonly newest?: string;
  readonly cleanup?: readonly string[];
  readonly noNamespace?: boolean;
}

const SCENARIOS = join(PROJECT_ROOT, 'test', 'conformance', 'scenarios');
export const PENDING_FILE = 'pending.json';

export function areas(): string[] {
  return readdirSync(SCENARIOS).sort();
}

export function areaFolder(area: string): string {
  return join(SCENARIOS, area);
}

export interface NamedScenario {
  readonly area: string;
  /** The file's name without its end. */
  readonly name: string;
  readonly scenario: Scenario;
}

export function scenariosOf(area: string): NamedScenario[] {
  return readdirSync(areaFolder(area))
    .filter((file) => file.endsWith('.json') && file !== PENDING_FILE)
    .sort()
    .map((file) => {
      const scenario = parseJson(readFileSync(join(areaFolder(area), file), 'utf8')) as unknown as Scenario;
      return { area, name: file.replace(/\.json$/, ''), scenario };
    });
}
