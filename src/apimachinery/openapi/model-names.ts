import type { GroupVersionKind } from '../meta/group-version.js';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Families of built-in types that do not live under `io.k8s.api`. */
const FAMILIES: Readonly<Record<string, string>> = {
  'meta.v1': META,
  version: 'io.k8s.apimachinery.pkg.version',
  'apiextensions.v1': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  'apiregistration.v1': 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
};

/** Name of the model of a built-in type: `core.v1.Pod` is `io.k8s.api.core.v1.Pod`. */
export function modelName(ref: string): string {
  const dot = ref.lastIndexOf('.');
  const family = ref.slice(0, dot);
  return `${FAMILIES[family] ?? `io.k8s.api.${family}`}${ref.slice(dot)}`;
}

/** Name of the model of a custom kind: the group's labels in reverse order, version, kind. */
export function customModelName({ group, version, kind }: GroupVersionKind): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** Models of values with a text form of their own, by how the codec calls them. */
export const SPECIAL_MODELS = {
  Quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  IntOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  RawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  Time: `${META}.Time`,
  MicroTime: `${META}.MicroTime`,
  Duration: `${META}.Duration`,
  FieldsV1: `${META}.FieldsV1`,
  Patch: `${META}.Patch`,
  JSON: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
} as const;

export type SpecialModel = keyof typeof SPECIAL_MODELS;

export function isSpecialModel(name: string | undefined): name is SpecialModel {
  return name !== undefined && Object.hasOwn(SPECIAL_MODELS, name);
}
