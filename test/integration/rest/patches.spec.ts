import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, type StatusBody } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';
import { createWidgets, WIDGETS } from './widgets.js';

const TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
type PatchType = keyof typeof TYPES;

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const object = (kind: string, apiVersion: string, more: object) => ({
  kind,
  apiVersion,
  metadata: { name: 'n', labels: { z: '1', a: '2' } },
  ...more,
});
const CONFIG_MAP = object('ConfigMap', 'v1', { data: { b: '1', a: '<2>' } });
const DEPLOYMENT = object('Deployment', 'apps/v1', {
  spec: {
    selector: { matchLabels: { a: '2' } },
    template: { metadata: { labels: { a: '2' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});
const STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const PARSE = "couldn't get version/kind; json parse error: ";
const NO_MAP = (type: string) => `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess({ flags: ['--reconcilers=-*'] });
  await asAdmin(server, CONFIG_MAPS, { method: 'POST', body: JSON.stringify(CONFIG_MAP) });
  await asAdmin(server, DEPLOYMENTS, { method: 'POST', body: JSON.stringify(DEPLOYMENT) });
  await createWidgets(server);
});
afterAll(() => server.stop());

/** What a dry run of a patch answers. */
async function patch(path: string, type: PatchType, body: unknown, query = '') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await asAdmin(server, `${path}?dryRun=All&${query}`, {
    method: 'PATCH',
    headers: { 'content-type': TYPES[type] },
    body: text,
  });
  return {
    status: reply.status,
    message: reply.status < 300 ? '' : ((JSON.parse(reply.body) as StatusBody).message ?? ''),
    warning: reply.headers['warning'] ?? '',
    body: JSON.parse(reply.body) as Record<string, unknown>,
  };
}

/** The end of a 422 about a patch, behind what it shows. */
const detailOf = (message: string) => message.replace(/^ "" is invalid: patch: Invalid value: ".*[}\])a-z0-9]": /s, '');

describe('a patch', () => {
  it.each<[PatchType, string, string, number, string]>([
    ['merge', 'null', '', 400, 'Invalid JSON Patch'],
    ['merge', '[]', '', 400, `error decoding patch: ${NO_MAP('array')}`],
    ['merge', '5', '', 400, `error decoding patch: ${NO_MAP('number')}`],
    ['merge', '5', 'Ignore', 400, 'Invalid JSON Patch'],
    ['merge', '[1]', 'Ignore', 422, `${PARSE}json: cannot unmarshal array into Go value of type ${STRUCT}`],
    ['merge', '{', '', 400, 'invalid JSON patch'],
    [
      'merge',
      '{"a":1e999}',
      '',
      400,
      'error decoding patch: json: cannot unmarshal number 1e999 into Go value of type float64',
    ],
    ['strategic', 'null', '', 200, ''],
    ['strategic', 'true', '', 400, NO_MAP('bool')],
    ['json', 'null', '', 200, ''],
    ['json', '[null]', '', 422, 'the server rejected our request due to an error in our request'],
    [
      'json',
      '{}',
      '',
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    ['json', '{}', 'Ignore', 400, 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
    ['json', '[5]', 'Ignore', 400, 'json: cannot unmarshal number into Go value of type jsonpatch.Operation'],
    [
      'json',
      '[{"op":5}]',
      '',
      400,
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ],
    ['json', '[{"op":5}]', 'Ignore', 422, 'the server rejected our request due to an error in our request'],
    [
      'json',
      '[{"op":"replace","path":"","value":[]}]',
      '',
      422,
      `${PARSE}json: cannot unmarshal array into Go value of type ${STRUCT}`,
    ],
  ])('%s %s with validation %j is answered with %d', async (type, body, validation, status, message) => {
    const answer = await patch(`${CONFIG_MAPS}/n`, type, body, `fieldValidation=${validation}`);
    expect([answer.status, detailOf(answer.message)]).toEqual([status, message]);
  });

  it.each<[PatchType, object, number, string]>([
    [
      'merge',
      { kind: 'Foo' },
      422,
      'no kind "Foo" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      'merge',
      { kind: 'Deployment', apiVersion: 'apps/v1' },
      422,
      'converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
    ],
    ['merge', { kind: 5 }, 422, `${PARSE}json: cannot unmarshal number into Go struct field .kind of type string`],
    ['merge', { apiVersion: 'a/b/c' }, 422, 'unexpected GroupVersion string: a/b/c'],
    ['merge', { kind: null }, 200, ''],
    ['json', [{ op: 'remove', path: '/kind' }], 200, ''],
    ['strategic', { kind: 'Foo', apiVersion: 'v7' }, 200, ''],
    ['strategic', { kind: 5 }, 422, 'cannot convert int64 to string'],
    ['merge', { metadata: { name: 'o' } }, 400, 'the name of the object (o) does not match the name on the URL (n)'],
    [
      'merge',
      { metadata: { name: null } },
      400,
      'the name of the object (n based on URL) was undeterminable: name must be provided',
    ],
    [
      'merge',
      { metadata: null },
      400,
      'the name of the object (n based on URL) was undeterminable: name must be provided',
    ],
    [
      'strategic',
      { metadata: { namespace: 'o' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['merge', { metadata: { namespace: null } }, 200, ''],
    [
      'merge',
      { metadata: { resourceVersion: '1' } },
      409,
      'Operation cannot be fulfilled on configmaps "n": the object has been modified; please apply your changes to the latest version and try again',
    ],
  ])('%s %j of what an object is: %d', async (type, body, status, message) => {
    const answer = await patch(`${CONFIG_MAPS}/n`, type, body);
    expect([answer.status, detailOf(answer.message)]).toEqual([status, message]);
  });

  it.each<[PatchType, unknown, string]>([
    ['merge', { metadata: { foo: 1, bar: { x: 1 } }, bogus: [1] }, 'bogus metadata.bar metadata.foo'],
    ['strategic', { metadata: { foo: 1, bar: { x: 1 } }, bogus: [1] }, 'bogus metadata.bar metadata.foo'],
    ['json', [{ op: 'add', path: '/metadata/foo', value: 1, bogus: 1 }], '[0].bogus metadata.foo'],
    ['strategic', { data: { x: 'y', $retainKeys: ['x'] }, metadata: { labels: { $patch: 'delete' } } }, ''],
  ])("%s %j warns of unknown fields in upstream's order", async (type, body, fields) => {
    const { status, warning } = await patch(`${CONFIG_MAPS}/n`, type, body);
    const named = [...String(warning).matchAll(/field \\"(.*?)\\"/g)].map((match) => match[1]).join(' ');
    expect([status, named]).toEqual([200, fields]);
  });

  it("tells what is the patch's own fault in a JSON patch", async () => {
    const body = '[{"op":"add","op":"add","path":"/data/q","value":"1","x":1}]';
    const { warning } = await patch(`${CONFIG_MAPS}/n`, 'json', body);
    expect(warning).toBe(
      '299 - "json patch duplicate field \\"[0].op\\"", 299 - "json patch unknown field \\"[0].x\\""',
    );
    const strict = await patch(`${CONFIG_MAPS}/n`, 'json', body, 'fieldValidation=Strict');
    expect(detailOf(strict.message)).toBe(
      'strict decoding error: json patch duplicate field "[0].op", json patch unknown field "[0].x"',
    );
  });

  it('that is refused shows what became of the object, as upstream would have encoded it', async () => {
    const shown = (answer: { message: string }) =>
      JSON.parse(/Invalid value: ("(?:[^"\\]|\\.)*")/.exec(answer.message)![1]!) as string;
    const merged = shown(await patch(`${CONFIG_MAPS}/n`, 'merge', { foo: { z: 1, a: 2 } }, 'fieldValidation=Strict'));
    expect(merged).toMatch(
      /^\{"apiVersion":"v1","data":\{"a":"\\u003c2\\u003e","b":"1"\},"foo":\{"a":2,"z":1\},"kind":"ConfigMap","metadata":\{"name":"n",.*"labels":\{"a":"2","z":"1"\},/,
    );
    const added = [{ op: 'add', path: '/metadata/labels/x', value: { z: 1, a: 2 } }];
    expect(shown(await patch(`${CONFIG_MAPS}/n`, 'json', added))).toMatch(
      /"metadata":\{"creationTimestamp":.*"labels":\{"a":"2","x":\{"z":1,"a":2\},"z":"1"\},"managedFields"/,
    );
    expect(shown(await patch(`${CONFIG_MAPS}/n`, 'strategic', { data: { a: 5 } }))).toBe('map[data:map[a:5]]');
  });

  it.each<[object, string, string]>([
    [
      { replicas: 'x' },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      'unrecognized type: int32',
    ],
    [
      { replicas: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
      'cannot convert float64 to int32',
    ],
    [
      { paused: 1 },
      'json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool',
      'unrecognized type: bool',
    ],
    [
      { template: [] },
      'json: cannot unmarshal array into Go struct field DeploymentSpec.spec.template of type v1.PodTemplateSpec',
      'cannot restore struct from: slice',
    ],
    [
      { strategy: { rollingUpdate: { maxSurge: true } } },
      'json: cannot unmarshal bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32',
      'json: cannot unmarshal bool into Go value of type int32',
    ],
  ])('of wrong type %j is refused in the words of its kind', async (spec, decoded, converted) => {
    const merge = await patch(`${DEPLOYMENTS}/n`, 'merge', { spec });
    const strategic = await patch(`${DEPLOYMENTS}/n`, 'strategic', { spec });
    expect([merge.status, detailOf(merge.message)]).toEqual([422, decoded]);
    expect([strategic.status, detailOf(strategic.message)]).toEqual([422, converted]);
  });

  it('refuses a whole number that is written as a fraction, but in strategic merge patches', async () => {
    const body = '{"spec":{"replicas":2.0}}';
    expect(detailOf((await patch(`${DEPLOYMENTS}/n`, 'merge', body)).message)).toBe(
      'json: cannot unmarshal number 2.0 into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
    expect(await patch(`${DEPLOYMENTS}/n`, 'strategic', body)).toMatchObject({ status: 200 });
  });
});

describe('an applied configuration', () => {
  const apply = (body: unknown, query = '', name = 'n') =>
    patch(`${CONFIG_MAPS}/${name}`, 'apply', body, `fieldManager=m&${query}`);
  const configuration = (more: object, name = 'n') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    ...more,
  });
  const UNFIT = 'failed to create typed patch object';
  const UNCONVERTIBLE =
    'failed to convert new object (/n; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: ';

  it.each<[unknown, number, string]>([
    ['null', 400, 'invalid object type: /, Kind='],
    ['', 400, 'invalid object type: /, Kind='],
    ['[]', 400, `error decoding patch: error unmarshaling JSON: while decoding JSON: ${NO_MAP('array')}`],
    ['text', 400, `error decoding patch: error unmarshaling JSON: while decoding JSON: ${NO_MAP('string')}`],
    [configuration({ kind: 5 }), 400, 'invalid object type: /v1, Kind='],
    [configuration({ apiVersion: 'a/b/c' }), 400, 'invalid object type: /, Kind='],
    [configuration({ metadata: 'x' }), 500, `${UNFIT} (/; /v1, Kind=ConfigMap): .metadata: expected map, got &{x}`],
    [
      configuration({ metadata: { name: 5 } }),
      500,
      `${UNFIT} (/; /v1, Kind=ConfigMap): .metadata.name: expected string, got &value.valueUnstructured{Value:5}`,
    ],
    [
      configuration({ binaryData: { q: '!!' } }),
      500,
      `${UNCONVERTIBLE}error decoding from json: illegal base64 data at input byte 0`,
    ],
    [
      configuration({ metadata: { name: 'n', creationTimestamp: 'bad' } }),
      500,
      `${UNCONVERTIBLE}parsing time "bad" as "2006-01-02T15:04:05Z07:00": cannot parse "bad" as "2006"`,
    ],
    [
      configuration({ metadata: { name: 'n', generation: 1.5 } }),
      500,
      `${UNCONVERTIBLE}cannot convert float64 to int64`,
    ],
    [configuration({ metadata: {} }), 200, ''],
  ])('%j is answered with %d', async (body, status, message) => {
    const answer = await apply(body);
    expect([answer.status, answer.message]).toEqual([status, message]);
  });

  it('that creates names its object, and no uid', async () => {
    const nameless = 'the name of the object (new based on URL) was undeterminable: name must be provided';
    for (const metadata of [{}, null]) {
      expect(await apply(configuration({ metadata }), '', 'new')).toMatchObject({ status: 400, message: nameless });
    }
    expect(await apply(configuration({ metadata: { name: 'new', uid: 'w' } }), '', 'new')).toMatchObject({
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "new": uid mismatch: the provided object specified uid w, and no existing object was found',
    });
  });

  it.each([
    ['/api/v1/namespaces/default/pods', 'ephemeralcontainers', 'v1', 'Pod'],
    ['/api/v1/namespaces/default/pods', 'resize', 'v1', 'Pod'],
    [DEPLOYMENTS, 'status', 'apps/v1', 'Deployment'],
    [DEPLOYMENTS, 'scale', 'autoscaling/v1', 'Scale'],
    [WIDGETS, 'status', 'example.com/v1', 'Widget'],
    [WIDGETS, 'scale', 'autoscaling/v1', 'Scale'],
  ])('creates nothing through %s/…/%s', async (path, subresource, apiVersion, kind) => {
    const body = { apiVersion, kind, metadata: { name: 'no' } };
    expect((await patch(`${path}/no/${subresource}`, 'apply', body, 'fieldManager=f')).status).toBe(404);
  });

  it('is judged by its schema first, and then for keys that stand there twice', async () => {
    const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "n"\ndata:\n  x: "1"\n  x: "2"\n';
    expect(await apply(twice, 'fieldValidation=Strict')).toMatchObject({
      status: 400,
      message:
        'error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "x" already set in map',
    });
    expect(await apply(`${twice}foo: 1\n`, 'fieldValidation=Strict')).toMatchObject({ status: 500 });
    expect(await apply(twice)).toMatchObject({
      status: 200,
      warning: '299 - "line 7: key \\"x\\" already set in map"',
    });
  });
});
