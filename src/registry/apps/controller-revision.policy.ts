import { isJsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { validateNonNegative } from '../../apimachinery/validation/field-checks.js';
import { type FieldError, FieldPath, fieldRequired } from '../../apimachinery/validation/field-error.js';
import { validateImmutable } from '../../apimachinery/validation/object-meta.js';
import type { AppsV1ControllerRevision } from '../../apis/types.gen.js';
import { GenericStrategy } from '../generic/generic-strategy.js';
import type { KindPolicy } from '../kind-policy.js';
import type { RestContext } from '../rest/context.js';

const DATA = FieldPath.root('data');

class ControllerRevisionStrategy extends GenericStrategy {
  override validateCreate(_ctx: RestContext, object: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    const { data, revision } = object as AppsV1ControllerRevision;
    if (data === undefined || data === null) errors.push(fieldRequired(DATA, 'data is mandatory'));
    else if (!isJsonObject(data)) errors.push(fieldRequired(DATA, 'data must be a valid JSON object'));
    validateNonNegative(revision, FieldPath.root('revision'), errors);
    return errors;
  }

  override validateUpdate(_ctx: RestContext, object: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    const errors: FieldError[] = [];
    validateNonNegative((object as AppsV1ControllerRevision).revision, FieldPath.root('revision'), errors);
    validateImmutable(object['data'], old['data'], DATA, errors);
    return errors;
  }
}

export const controllerRevisionPolicy: KindPolicy = {
  group: 'apps',
  resource: 'controllerrevisions',
  strategy: () =>
    new ControllerRevisionStrategy({
      kind: { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
      namespaced: true,
    }),
};
