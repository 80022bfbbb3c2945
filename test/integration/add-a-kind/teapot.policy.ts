import type { KubeObject } from '../../../src/apimachinery/meta/object.js';
import type { Errors } from '../../../src/apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid } from '../../../src/apimachinery/validation/field-error.js';
import { ruledPolicy } from '../../../src/registry/generic/ruled-policy.js';

interface Teapot extends KubeObject {
  spec?: { litres?: number; glaze?: string };
}

const LITRES = FieldPath.root('spec', 'litres');

function validate({ spec = {} }: Readonly<Teapot>, errors: Errors): void {
  const { litres = 0 } = spec;
  if (litres <= 0) errors.push(fieldInvalid(LITRES, litres, 'must be greater than 0'));
}

export const teapotPolicy = ruledPolicy<Teapot>({
  resource: 'teapots',
  traits: {
    kind: { group: 'kitchen.example.com', version: 'v1', kind: 'Teapot' },
    namespaced: true,
    hasStatus: true,
    generation: 'spec',
  },
  defaults: {
    v1: (object) => {
      const { spec } = object as Teapot;
      if (spec !== undefined) spec.glaze ??= 'white';
    },
  },
  validate,
  selectableFields: ({ spec }) => ({ 'spec.glaze': spec?.glaze ?? '' }),
});
