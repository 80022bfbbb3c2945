import { BackendResource, type GetRequest, type KubeObject, MemoryResource, type UserInfo } from 'kubenest/backend';

export const KITCHEN = { group: 'kitchen.example.com', version: 'v1' };

const SCHEMA = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['litres'],
      properties: {
        litres: { type: 'number', minimum: 0, description: 'How much tea it holds.' },
        glaze: { type: 'string', default: 'white' },
      },
    },
    status: { type: 'object', properties: { brewing: { type: 'boolean' } } },
  },
};

/** Users that asked, the latest last. */
export const askedBy: UserInfo[] = [];

@BackendResource({
  ...KITCHEN,
  resource: 'teapots',
  kind: 'Teapot',
  namespaced: true,
  shortNames: ['tp'],
  status: true,
  schema: SCHEMA,
  columns: [{ name: 'Litres', type: 'number', jsonPath: '.spec.litres' }],
})
export class Teapots extends MemoryResource {
  override get(request: GetRequest): KubeObject {
    askedBy.push(request.user);
    return super.get(request);
  }
}

@BackendResource({ ...KITCHEN, resource: 'kettles', kind: 'Kettle', namespaced: false })
export class Kettles extends MemoryResource {}
