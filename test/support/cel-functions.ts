import { describe, expect, it } from 'vitest';
import { compileCel } from '../../src/apimachinery/cel/compile.js';
import { Environment, type Library } from '../../src/apimachinery/cel/environment.js';
import { Program } from '../../src/apimachinery/cel/evaluate.js';
import { JSON_PATCH_LIBRARY } from '../../src/apimachinery/cel/library/json-patch.js';
import { KUBERNETES_LIBRARIES, KUBERNETES_SYNTAX } from '../../src/apimachinery/cel/library/kubernetes.js';

const environment = Environment.of([...KUBERNETES_LIBRARIES, JSON_PATCH_LIBRARY], KUBERNETES_SYNTAX);
const COST_MAX = 1_000_000;

/** What holds, and what fails with which text, by the function that a row is about. */
export interface Table {
  readonly [name: string]: { readonly holds: readonly string[]; readonly fails?: Readonly<Record<string, string>> };
}

/** What an expression of Kubernetes' environment comes to, without variables. */
export function outcomeOf(source: string) {
  return new Program(compileCel(source, environment)).evaluate({}, COST_MAX);
}

/** A test for each row, and one that no function is without rows. */
export function describeFunctions(title: string, library: Library, table: Table): void {
  describe(title, () => {
    for (const [name, { holds, fails = {} }] of Object.entries(table)) {
      it.each(holds)(`${name}: %s`, (source) => {
        const outcome = outcomeOf(source);
        expect('failure' in outcome ? outcome.failure : outcome.value).toBe(true);
      });
      it.each(Object.entries(fails))(`${name}: %s fails`, (source, failure) => {
        expect(outcomeOf(source)).toMatchObject({ failure });
      });
    }

    it('has a row for every function', () => {
      const hidden = /^[@_]/;
      const names = library.functions.map(({ name }) => name).filter((name) => !hidden.test(name));
      expect(names.filter((name) => !(name in table))).toEqual([]);
    });
  });
}
