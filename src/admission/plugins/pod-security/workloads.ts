import { type KubeObject, type ObjectMeta } from '../../../apimachinery/meta/object.js';
import type { CoreV1Pod, CoreV1PodSpec, CoreV1PodTemplateSpec } from '../../../apis/types.gen.js';

export interface PodLike {
  readonly metadata: Readonly<ObjectMeta>;
  readonly spec: CoreV1PodSpec;
}

type TemplateHolder = KubeObject & {
  template?: CoreV1PodTemplateSpec;
  spec?: { template?: CoreV1PodTemplateSpec; jobTemplate?: { spec?: { template?: CoreV1PodTemplateSpec } } };
};

const inSpec = ({ spec }: TemplateHolder): CoreV1PodTemplateSpec | undefined => spec?.template;

/** Where the kinds that make pods keep the pod, by `group/resource`. */
const TEMPLATES: ReadonlyMap<string, (object: TemplateHolder) => CoreV1PodTemplateSpec | undefined> = new Map([
  ['/replicationcontrollers', inSpec],
  ['/podtemplates', ({ template }: TemplateHolder) => template],
  ['apps/replicasets', inSpec],
  ['apps/deployments', inSpec],
  ['apps/statefulsets', inSpec],
  ['apps/daemonsets', inSpec],
  ['batch/jobs', inSpec],
  ['batch/cronjobs', ({ spec }: TemplateHolder) => spec?.jobTemplate?.spec?.template],
]);

export function makesPods(group: string, resource: string): boolean {
  return TEMPLATES.has(`${group}/${resource}`);
}

/** The pod that an object is or makes. */
export function podOf(group: string, resource: string, object: Readonly<KubeObject>): PodLike | undefined {
  if (group === '' && resource === 'pods') {
    const { metadata, spec } = object as CoreV1Pod;
    return spec && { metadata, spec };
  }
  const template = TEMPLATES.get(`${group}/${resource}`)?.(object as TemplateHolder);
  return template?.spec && { metadata: (template.metadata ?? {}) as ObjectMeta, spec: template.spec };
}
