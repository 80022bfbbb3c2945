/** A ConfigMap of 1.2 KB as it is stored; `{n}` is filled with the number of the request. */
export function configMap(namespace: string, name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { count: '{n}', text: 'x'.repeat(700) },
  });
}

/** A Deployment that a client applies with a new image each time. */
export function deployment(name: string): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [container('server', 'example/server:{n}')] },
      },
    },
  });
}

/** A Pod of 2.8 KB as it is stored. */
export function pod(name: string, labels: Record<string, string> = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', ...labels } },
    spec: {
      containers: [container('server', 'example/server:1'), container('sidecar', 'example/sidecar:1', 9_090)],
      nodeSelector: { disk: 'ssd' },
      volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
    },
  });
}

/** @param port of its own in a pod: the server warns of ports that two containers have */
function container(name: string, image: string, port = 8_080): object {
  return {
    name,
    image,
    ports: [{ name: `port-${port}`, containerPort: port }],
    env: [{ name: 'LEVEL', value: 'info' }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  };
}

/** A definition whose objects have rules and a list that is a map. */
export function definition(group: string, plural: string, kind: string, rules: boolean): object {
  const port = {
    type: 'object',
    required: ['name', 'port'],
    properties: { name: { type: 'string' }, port: { type: 'integer', minimum: 1, maximum: 65_535 } },
  };
  const spec = {
    type: 'object',
    required: ['replicas'],
    properties: {
      replicas: { type: 'integer', minimum: 0, default: 1 },
      max: { type: 'integer' },
      text: { type: 'string', maxLength: 2_000 },
      ports: {
        type: 'array',
        maxItems: 20,
        items: port,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
    },
    ...(rules
      ? {
          'x-kubernetes-validations': [
            { rule: '!has(self.max) || self.replicas <= self.max', message: 'replicas must not exceed max' },
            { rule: '!has(self.ports) || self.ports.all(p, p.port != 22)', message: 'port 22 is not allowed' },
          ],
        }
      : {}),
  };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

export function customObject(group: string, kind: string, name: string): string {
  return JSON.stringify({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name },
    spec: {
      replicas: 3,
      max: 10,
      text: 'x'.repeat(500),
      ports: ['http', 'https', 'metrics'].map((each, at) => ({ name: each, port: 8_080 + at })),
    },
  });
}
