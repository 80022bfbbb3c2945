import { expect, it } from 'vitest';
import type { NetworkingV1Ingress } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, request } from '../../testing.js';
import { DefaultIngressClass } from './default-ingress-class.js';

const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
const objects = new KnownObjects()
  .put('networking.k8s.io/ingressclasses', objectOf({ name: 'old', annotations, creationTimestamp: '2026-01-01' }))
  .put('networking.k8s.io/ingressclasses', objectOf({ name: 'new', annotations, creationTimestamp: '2026-01-02' }));
const classOf = async (spec = {}, own = {}) => {
  const ingress = objectOf({ name: 'i', annotations: own }, { spec: { ...spec } }) as NetworkingV1Ingress;
  await admit(new DefaultIngressClass(objects), request('networking.k8s.io/ingresses', ingress));
  return ingress.spec?.ingressClassName;
};

it('writes the newest default class into ingresses that name none', async () => {
  expect(await classOf()).toBe('new');
});

it('leaves ingresses that chose, by field or by annotation', async () => {
  expect(await classOf({ ingressClassName: 'own' })).toBe('own');
  expect(await classOf({}, { 'kubernetes.io/ingress.class': 'own' })).toBeUndefined();
});
