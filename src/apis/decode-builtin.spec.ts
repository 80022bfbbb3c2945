import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../apimachinery/meta/json.js';
import { decodeJsonText } from '../apimachinery/runtime/strict-json.js';
import { DecodeError, decodeBuiltin, normalizeBuiltin } from '../apimachinery/schema/decode-builtin.js';
import { Catalogue } from './catalogue.js';

const catalogue = new Catalogue();

function decode(type: string, value: JsonValue): { object: JsonObject; strict: string[] } {
  const strict: string[] = [];
  return { object: decodeBuiltin(catalogue.schemaOf(type), value, strict), strict };
}

describe('decoding built-in kinds', () => {
  it('takes no number written as a double for an integer, as Go does', () => {
    const body = (text: string) => decodeJsonText(Buffer.from(text), []);
    expect(() => decode('apps.v1.Deployment', body('{"spec":{"replicas":1.0}}'))).toThrow(
      'json: cannot unmarshal number 1.0 into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
    expect(() => decode('core.v1.PodSpec', body('{"containers":[{"ports":[{"containerPort":8e1}]}]}'))).toThrow(
      'json: cannot unmarshal number 8e1 into Go struct field',
    );
    const probe = body('{"spec":{"replicas":1},"status":{"x":1.0}}');
    expect(decode('apps.v1.Deployment', probe).object).toMatchObject({ spec: { replicas: 1 } });
  });

  it('drops nulls and zero values of omitempty fields, keeps those of pointers, spells out the rest', () => {
    const { object } = decode('core.v1.Pod', {
      metadata: { name: 'p', labels: {}, annotations: null, generation: 0 },
      spec: { hostNetwork: false, automountServiceAccountToken: false, terminationGracePeriodSeconds: 0 },
    });
    expect(object).toEqual({
      metadata: { name: 'p' },
      spec: { containers: null, automountServiceAccountToken: false, terminationGracePeriodSeconds: 0 },
      status: {},
    });
  });

  it('tells an empty list from none where defaults do', () => {
    expect(decode('autoscaling.v2.HPAScalingRules', { policies: [] }).object).toEqual({ policies: [] });
    expect(decode('autoscaling.v2.HPAScalingRules', {}).object).toEqual({});
    expect(decode('autoscaling.v2.HorizontalPodAutoscalerSpec', { metrics: [] }).object).not.toHaveProperty('metrics');
  });

  it('spells absent times, structs, numbers and lists as Go prints their zero values', () => {
    const { object } = decode('core.v1.Event', {});
    expect(object).toMatchObject({
      metadata: {},
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      eventTime: null,
    });
    expect(decode('rbac.v1.Role', {}).object).toEqual({ metadata: {}, rules: null });
    expect(decode('core.v1.ServicePort', { name: '' }).object).toEqual({ port: 0, targetPort: 0 });
  });

  it('puts fields in the order of the Go struct, whatever the order of the text', () => {
    const { object } = decode('core.v1.ConfigMap', {
      data: { b: '1', a: '2' },
      metadata: {},
      kind: 'ConfigMap',
      immutable: false,
    });
    expect(Object.keys(object)).toEqual(['kind', 'metadata', 'immutable', 'data']);
  });

  it('brings quantities, times and bytes into their normal form, also as map values', () => {
    const container = { resources: { limits: { cpu: '1000m', memory: 1024 } } };
    const { object } = decode('core.v1.Container', { name: 'c', ...container });
    expect(object.resources).toEqual({ limits: { cpu: '1', memory: '1024' } });
    const meta = decode('meta.v1.ObjectMeta', { creationTimestamp: '2024-01-01T01:00:00.5+01:00' });
    expect(meta.object).toEqual({ creationTimestamp: '2024-01-01T00:00:00Z' });
    expect(decode('core.v1.Secret', { data: { a: 'aGV\nsbG8=' } }).object.data).toEqual({ a: 'aGVsbG8=' });
  });

  it('names unknown fields in the order of the text and leaves what is raw alone', () => {
    const { strict } = decode('apps.v1.Deployment', {
      spec: { template: { spec: { containers: [{ name: 'a', imagee: 'x', ports: [{ prot: 1 }] }] } }, replicaz: 1 },
      Spec: {},
    });
    expect(strict).toEqual([
      'unknown field "spec.template.spec.containers[0].imagee"',
      'unknown field "spec.template.spec.containers[0].ports[0].prot"',
      'unknown field "spec.replicaz"',
      'unknown field "Spec"',
    ]);
    const raw = { any: [{ thing: null }] };
    expect(decode('apps.v1.ControllerRevision', { data: raw }).object.data).toEqual(raw);
  });

  it('treats names of Object.prototype as the unknown fields they are', () => {
    const { object, strict } = decode(
      'core.v1.ConfigMap',
      JSON.parse('{"__proto__":{"a":1},"constructor":1,"data":{"__proto__":"x"}}'),
    );
    expect(strict).toEqual(['unknown field "__proto__"', 'unknown field "constructor"']);
    expect(JSON.stringify(object.data)).toBe('{"__proto__":"x"}');
  });

  it.each<[string, JsonValue, string]>([
    [
      'apps.v1.Deployment',
      { spec: { replicas: 'two' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'apps.v1.Deployment',
      { spec: { replicas: 4294967296 } },
      'json: cannot unmarshal number 4294967296 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'core.v1.ConfigMap',
      { data: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'core.v1.ConfigMap',
      { metadata: { labels: ['x'] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      'core.v1.Pod',
      { spec: { containers: ['x'] } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    [
      'core.v1.Pod',
      { spec: { restartPolicy: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    ['meta.v1.ObjectMeta', 'text', 'json: cannot unmarshal string into Go value of type v1.ObjectMeta'],
    [
      'core.v1.ServicePort',
      { targetPort: true },
      'json: cannot unmarshal bool into Go struct field ServicePort.targetPort of type int32',
    ],
    ['core.v1.Secret', { data: { k: 'not base64!' } }, 'illegal base64 data at input byte 3'],
    [
      'meta.v1.ObjectMeta',
      { creationTimestamp: 5 },
      'json: cannot unmarshal number into Go struct field ObjectMeta.creationTimestamp of type string',
    ],
  ])('refuses %s %j', (type, value, message) => {
    expect(() => decode(type, value)).toThrow(new DecodeError(message));
  });

  it('tells the first fault of the text, unless a later one ends decoding at once', () => {
    const labels = { labels: 1 };
    const two = { data: { a: 1 }, metadata: labels };
    expect(() => decode('core.v1.ConfigMap', two)).toThrow('ConfigMap.data of type string');
    const hard = { metadata: { ...labels, creationTimestamp: 'x' } };
    expect(() => decode('core.v1.ConfigMap', hard)).toThrow('parsing time "x"');
  });

  it('keeps schemas of CRDs, their unions included', () => {
    const { object, strict } = decode('apiextensions.v1.JSONSchemaProps', {
      type: 'array',
      items: { type: 'string', colour: 1 },
      additionalProperties: false,
      enum: [null, 1],
      default: null,
    });
    expect(object).toEqual({ type: 'array', enum: [null, 1], items: { type: 'string' }, additionalProperties: false });
    expect(strict).toEqual([]);
  });

  it('leaves its argument as it is and is at rest with its own result', () => {
    const given = {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', x: 1, resources: { limits: { cpu: '1000m' } } }] },
    };
    const before = structuredClone(given);
    const { object } = decode('core.v1.Pod', given);
    expect(given).toEqual(before);
    expect(normalizeBuiltin(catalogue.schemaOf('core.v1.Pod'), object)).toEqual(object);
  });

  it('survives the deepest nesting that a body may have', () => {
    let schema: JsonObject = {};
    for (let i = 0; i < 1000; i++) schema = { not: schema };
    expect(() => decode('apiextensions.v1.JSONSchemaProps', schema)).not.toThrow();
  });
});
