import { BackendResource, type CreateRequest, type KubeObject, MemoryResource } from 'kubenest/backend';

/** Teapots, kept in this process. What is not here (patches, tables, validation, watches with selectors) kubenest does. */
@BackendResource({
  group: 'kitchen.example.com',
  version: 'v1',
  resource: 'teapots',
  kind: 'Teapot',
  namespaced: true,
  shortNames: ['tp'],
  schema: {
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
    },
  },
  columns: [
    { name: 'Litres', type: 'number', jsonPath: '.spec.litres' },
    { name: 'Maker', type: 'string', jsonPath: '.metadata.annotations.kitchen\\.example\\.com/maker' },
  ],
})
export class Teapots extends MemoryResource {
  /** Who asks is known to every method. */
  override create(request: CreateRequest): KubeObject {
    const { metadata } = request.object;
    const annotations = { ...metadata.annotations, 'kitchen.example.com/maker': request.user.name };
    return super.create({ ...request, object: { ...request.object, metadata: { ...metadata, annotations } } });
  }
}
