import { isJsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { normalizeBuiltin } from '../../apimachinery/schema/decode-builtin.js';
import type { DeclaredRule } from '../../apimachinery/validation/declared-rules.js';
import { type FieldError, FieldPath } from '../../apimachinery/validation/field-error.js';
import type { Catalogue } from '../../apis/catalogue.js';

const ROOT = FieldPath.root();

/**
 * Faults of an object by the rules that stand in its type. `old` is undefined on create.
 * @param catalogue for rules that show whole values
 */
export function declaredFaults(
  rule: DeclaredRule,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject> | undefined,
  catalogue?: Catalogue,
): readonly FieldError[] {
  return rule(object, old, ROOT, {
    update: old !== undefined,
    shown: (type, value) =>
      catalogue !== undefined && isJsonObject(value) ? normalizeBuiltin(catalogue.schemaOf(type), value) : value,
  });
}
