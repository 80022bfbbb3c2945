import { expect, it } from 'vitest';
import { fieldInGo } from './embedded-structs.js';

it.each([
  ['Volume', 'configMap', 'VolumeSource.configMap'],
  ['Volume', 'name', 'name'],
  ['PersistentVolumeSpec', 'nfs', 'PersistentVolumeSource.nfs'],
  ['PersistentVolumeSpec', 'capacity', 'capacity'],
  ['Probe', 'httpGet', 'ProbeHandler.httpGet'],
  ['Probe', 'periodSeconds', 'periodSeconds'],
  ['NamedRuleWithOperations', 'apiGroups', 'RuleWithOperations.Rule.apiGroups'],
  ['NamedRuleWithOperations', 'resourceNames', 'resourceNames'],
  ['Container', 'name', 'name'],
])('the decoder tells %s.%s as %s', (structName, field, told) => {
  expect(fieldInGo(structName, field)).toBe(told);
});
