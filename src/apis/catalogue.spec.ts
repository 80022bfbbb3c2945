import { describe, expect, it } from 'vitest';
import { codecOf } from '../apimachinery/schema/struct-codec.js';
import { Catalogue } from './catalogue.js';

const catalogue = new Catalogue();

describe('the catalogue of built-in types', () => {
  it('compiles every type and the codec of every type', () => {
    for (const name of catalogue.typeNames()) {
      const schema = catalogue.schemaOf(name);
      expect(schema.ref).toBe(name);
      if (schema.properties !== undefined) expect(schema.properties.size).toBeGreaterThanOrEqual(0);
      expect(() => codecOf(schema).zero()).not.toThrow();
    }
  });

  it('gives the same schema for the same name, also inside a type that contains itself', () => {
    const props = catalogue.schemaOf('apiextensions.v1.JSONSchemaProps');
    const not = props.properties?.get('not');
    expect(catalogue.schemaOf('apiextensions.v1.JSONSchemaProps')).toBe(props);
    expect(not?.properties).toBe(props.properties);
  });

  it('keeps the order of fields of the Go struct', () => {
    const names = [...(catalogue.schemaOf('core.v1.ServicePort').properties?.keys() ?? [])];
    expect(names).toEqual(['name', 'protocol', 'appProtocol', 'port', 'targetPort', 'nodePort']);
  });

  it('tells merge keys, defaults and Go types of fields', () => {
    const ports = catalogue.schemaOf('core.v1.Container').properties?.get('ports');
    expect(ports).toMatchObject({
      listType: 'map',
      listMapKeys: ['containerPort', 'protocol'],
      patchMergeKey: 'containerPort',
    });
    expect(ports?.codec).toMatchObject({ pointer: false, omitEmpty: true, goType: '[]v1.ContainerPort' });
    const protocol = ports?.items?.properties?.get('protocol');
    expect(protocol).toMatchObject({ default: 'TCP', codec: { goType: 'v1.Protocol' } });
  });

  it('says in which wire messages a flattened field lies', () => {
    const groups = catalogue.schemaOf('admissionregistration.v1.NamedRuleWithOperations').properties?.get('apiGroups');
    expect(groups?.codec?.protobuf).toMatchObject({ number: 1, inside: [2, 2] });
  });

  it('knows the type of a kind', () => {
    expect(catalogue.typeNameOf({ group: 'apps', version: 'v1', kind: 'Deployment' })).toBe('apps.v1.Deployment');
    expect(catalogue.typeNameOf({ group: '', version: 'v1', kind: 'DeleteOptions' })).toBe('meta.v1.DeleteOptions');
    expect(catalogue.typeNameOf({ group: 'apps', version: 'v1', kind: 'Pod' })).toBeUndefined();
  });

  it('has a type for the kind of every resource that can be created', () => {
    for (const { groupVersion, kind, verbs } of catalogue.builtinResources()) {
      if (!verbs.includes('create')) continue;
      const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
      expect(catalogue.typeNameOf({ group: group!, version: version!, kind }), `${groupVersion} ${kind}`).toBeDefined();
    }
  });
});
