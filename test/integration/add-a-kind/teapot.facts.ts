import type { BuiltinResource } from '../../../src/apis/catalogue.js';
import type { TypeFacts } from '../../../src/apis/struct-node.js';

/** As an entry of src/apis/data/resources.json. */
export const TEAPOTS: BuiltinResource = {
  groupVersion: 'kitchen.example.com/v1',
  resource: 'teapots',
  kind: 'Teapot',
  scope: 'Namespaced',
  singular: 'teapot',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  shortNames: ['tp'],
  subresources: [{ name: 'status', kind: 'Teapot', verbs: ['get', 'patch', 'update'] }],
};

/** As entries of src/apis/data/catalogue.json. */
export const TEAPOT_TYPES: Readonly<Record<string, TypeFacts>> = {
  'kitchen.v1.Teapot': {
    gvk: [['kitchen.example.com', 'v1', 'Teapot']],
    fields: {
      kind: { type: 'string', omit: true },
      apiVersion: { type: 'string', omit: true },
      metadata: { type: '#meta.v1.ObjectMeta', zero: true, pb: 1, omit: true },
      spec: { type: '#kitchen.v1.TeapotSpec', zero: true, pb: 2, omit: true },
      status: { type: '#kitchen.v1.TeapotStatus', zero: true, pb: 3, omit: true },
    },
  },
  'kitchen.v1.TeapotSpec': {
    fields: {
      litres: { type: 'integer:int32', required: true, zero: true, pb: 1 },
      glaze: { type: 'string', pb: 2, omit: true },
    },
  },
  'kitchen.v1.TeapotStatus': { fields: { brewing: { type: 'boolean', pb: 1, omit: true } } },
};
