import { IsInt, IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import type { ResourceClass } from '../../client/resource-type.js';
import { ApiObject, ApiResource, type ApiResourceOptions } from '../decorators/api-resource.js';
import { Column, Field, Selectable } from '../decorators/field.js';
import { declareResources, type ResourceParts } from './declare-resources.js';
import type { PluginDescription } from './plugin-description.js';

class Spec {
  @Column() @Selectable() @IsString() colour = 'red';
}

class OtherSpec {
  @IsInt() size = 1;
}

class Status {
  @IsOptional() @IsInt() ready?: number;
}

function door(options: Partial<ApiResourceOptions> = {}, spec: new () => object = Spec): ResourceClass {
  class Door extends ApiObject {
    @Field({ type: () => spec }) spec!: object;
    @Field() status?: Status;
  }
  ApiResource({ group: 'house.example.com', version: 'v1', ...options })(Door);
  return Door;
}

const PARTS: ResourceParts = { subresources: [], converted: () => false };

function declare(resources: readonly ResourceClass[], parts: Partial<ResourceParts> = {}) {
  const plugin = { name: 'house', resources } as unknown as PluginDescription;
  return declareResources(plugin, () => ({ ...PARTS, ...parts }));
}

describe('a class as a declared resource', () => {
  it('says what a CustomResourceDefinition would', () => {
    const [{ crd, owner } = { crd: undefined }] = declare([door({ shortNames: ['dr'] })]);
    expect(owner).toBe('plugin house');
    expect(crd).toMatchObject({
      metadata: { name: 'doors.house.example.com' },
      spec: {
        scope: 'Namespaced',
        names: { kind: 'Door', plural: 'doors', singular: 'door', listKind: 'DoorList', shortNames: ['dr'] },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            additionalPrinterColumns: [
              { name: 'Colour', type: 'string', jsonPath: '.spec.colour' },
              { name: 'Age', type: 'date' },
            ],
            selectableFields: [{ jsonPath: '.spec.colour' }],
          },
        ],
      },
    });
  });

  it.each([
    ['Policy', 'policies'],
    ['Box', 'boxes'],
    ['Day', 'days'],
    ['Class', 'classes'],
  ])('makes a plural of %s', (kind, plural) => {
    expect(declare([door({ kind })])[0]!.crd.spec.names.plural).toBe(plural);
  });

  it('stores the most mature version unless one says that it is stored', () => {
    const stored = (resources: ResourceClass[]) =>
      declare(resources)[0]!.crd.spec.versions.find(({ storage }) => storage)!.name;
    expect(stored([door({ version: 'v1beta1' }), door({ version: 'v1' })])).toBe('v1');
    expect(stored([door({ version: 'v1beta1', storage: true }), door({ version: 'v1' })])).toBe('v1beta1');
  });

  it.each<[string, () => ResourceClass[], Partial<ResourceParts>, string]>([
    [
      'versions differ and nothing converts',
      () => [door(), door({ version: 'v2' }, OtherSpec)],
      {},
      'nothing converts between Door and Door: add a provider with @Conversion',
    ],
    ['two are stored', () => [door({ storage: true }), door({ version: 'v2', storage: true })], {}, 'leave it at one'],
    ['two are one version', () => [door(), door()], {}, 'are both v1 of doors.house.example.com'],
    ['versions differ in scope', () => [door(), door({ version: 'v2', scope: 'Cluster' })], {}, 'differ in scope'],
    ['a group is no domain', () => [door({ group: 'house' })], {}, 'spec.group'],
    ['a group is Kubernetes', () => [door({ group: 'house.k8s.io' })], {}, 'api-approved.kubernetes.io'],
    ['a version is no name', () => [door({ version: 'V 1' })], {}, 'house: doors.house.example.com'],
    [
      'a default does not fit',
      () => {
        class Wrong {
          @IsInt() size = 'big' as unknown as number;
        }
        return [door({}, Wrong)];
      },
      {},
      'v1.spec.size.default: Invalid value: "string"',
    ],
    ['a rule is no CEL', () => [door({ rules: [{ rule: 'self.spec.colour ==' }] })], {}, 'x-kubernetes-validations'],
    [
      'several versions are kept elsewhere',
      () => [door(), door({ version: 'v2' })],
      { backing: { open: () => ({}), close: () => {} } },
      'answered by a class with @Serves and has several versions',
    ],
  ])('is refused where %s', (_what, resources, parts, text) => {
    expect(() => declare(resources(), parts)).toThrow(text);
  });
});
