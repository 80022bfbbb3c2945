import { asAdmin } from '../../support/api.js';
import type { ServerProcess } from '../../support/server-process.js';

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Objects of the kind that {@link createWidgets} defines, in the namespace `default`. */
export const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { size: { type: 'integer' }, colour: { type: 'string' } } },
    status: { type: 'object', properties: { ready: { type: 'boolean' }, size: { type: 'integer' } } },
  },
};

/** Defines a namespaced kind with status and scale, and waits until it is served. */
export async function createWidgets(server: ServerProcess): Promise<void> {
  const definition = {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: SCHEMA },
          subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
        },
      ],
    },
  };
  await asAdmin(server, DEFINITIONS, { method: 'POST', body: JSON.stringify(definition) });
  while ((await asAdmin(server, WIDGETS)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
}
