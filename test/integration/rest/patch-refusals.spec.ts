import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../../support/api.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';
import { createWidgets, WIDGETS } from './widgets.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess();
  await createWidgets(server);
  const made = [
    [MAPS, { metadata: { name: 'a' }, data: { k: 'v' } }],
    [
      DEPLOYMENTS,
      {
        metadata: { name: 'a' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    ],
    [WIDGETS, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size: 1 } }],
  ] as const;
  for (const [path, body] of made) await asAdmin(server, path, { method: 'POST', body: JSON.stringify(body) });
});

afterAll(() => server.stop());

async function patch(type: 'json' | 'merge' | 'strategic-merge' | 'apply', path: string, body: string) {
  const contentType = `application/${type}-patch+${type === 'apply' ? 'yaml' : 'json'}`;
  const reply = await asAdmin(server, path, { method: 'PATCH', body, headers: { 'content-type': contentType } });
  const { code, message, details } = statusOf(reply);
  const warnings = [reply.headers['warning'] ?? []].flat();
  return { code: code ?? reply.status, message, warnings, causes: details?.causes ?? [] };
}

describe('a merge patch', () => {
  it('shows what it made of the object, sorted where it went, where that cannot be decoded', async () => {
    const { code, message } = await patch('merge', `${MAPS}/a`, '{"metadata":{"labels":{"b":1,"a":"<"}}}');
    expect(code).toBe(422);
    expect(message).toMatch(
      /^ "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":{\\"k\\":\\"v\\"},\\"kind\\"/,
    );
    expect(message).toContain('\\"labels\\":{\\"a\\":\\"\\\\u003c\\",\\"b\\":1},\\"managedFields\\"');
    expect(message).toMatch(
      /": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string$/,
    );
  });

  it.each([
    ['null', 400, 'Invalid JSON Patch'],
    ['[]', 400, 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['{"apiVersion":""}', 400, 'the name of the object (a based on URL) was undeterminable: name must be provided'],
  ])('%s is refused by a built-in kind', async (body, code, message) => {
    expect(await patch('merge', `${MAPS}/a`, body)).toMatchObject({ code, message });
  });

  it.each([
    [
      '{"kind":1}',
      /: couldn't get version\/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string$/,
    ],
    ['{"apiVersion":"a/b/c"}', /: unexpected GroupVersion string: a\/b\/c$/],
    ['{"kind":"Foo"}', /: no kind "Foo" is registered for version "v1" in scheme "pkg\/runtime\/scheme.go:111"$/],
    ['{"kind":"Pod"}', /: converting \(v1.Pod\) to \(core.ConfigMap\): unknown conversion$/],
  ])('may not make another type: %s', async (body, message) => {
    const refusal = await patch('merge', `${MAPS}/a`, body);
    expect(refusal.code).toBe(422);
    expect(refusal.message).toMatch(message);
  });

  it('needs no kind, which is that of the endpoint', async () => {
    expect((await patch('merge', `${MAPS}/a?dryRun=All`, '{"kind":null}')).code).toBe(200);
  });

  it('may be a list where fields are not validated, and then fails as that', async () => {
    const { code, message } = await patch('merge', `${MAPS}/a?fieldValidation=Ignore`, '[1]');
    expect(code).toBe(422);
    expect(message).toMatch(
      /Invalid value: "\[1\]": couldn't get version\/kind; json parse error: json: cannot unmarshal array/,
    );
    expect(await patch('merge', `${MAPS}/a?fieldValidation=Ignore`, '1')).toMatchObject({
      message: 'Invalid JSON Patch',
    });
  });
});

describe('a merge patch of a custom resource', () => {
  it.each([
    ['{"kind":"Foo"}', 422, /^Foo.example.com "a" is invalid: kind: Invalid value: "Foo": must be Widget$/],
    [
      '{"apiVersion":"example.com/v2"}',
      422,
      /: apiVersion: Invalid value: "example.com\/v2": must be example.com\/v1$/,
    ],
    [
      '{"apiVersion":""}',
      500,
      /^Internal error occurred: Object 'apiVersion' is missing in 'object has no apiVersion field'$/,
    ],
    [
      '{"kind":null}',
      422,
      /: Object 'Kind' is missing in '{"apiVersion":"example.com\/v1","metadata":{"creationTimestamp"/,
    ],
  ])('may not make another type: %s', async (body, code, message) => {
    const refusal = await patch('merge', `${WIDGETS}/a`, body);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message);
  });

  it('is not asked for its type, nor judged by its metadata, where it is about the status', async () => {
    const body = '{"kind":"Foo","metadata":{"uid":"x"},"status":{"ready":true}}';
    expect((await patch('merge', `${WIDGETS}/a/status?dryRun=All`, body)).code).toBe(200);
  });

  it('is asked what it is before it is missed that there is no name', async () => {
    expect(await patch('strategic-merge', WIDGETS, '{}')).toMatchObject({ code: 415 });
    expect(await patch('merge', WIDGETS, '{}')).toMatchObject({ code: 400, message: 'name must be provided' });
  });

  it('tells faults of metadata each time that a rule finds them', async () => {
    const { causes } = await patch('merge', `${WIDGETS}/a`, '{"metadata":{"labels":{"a":"-"}}}');
    expect(causes.map(({ field }) => field)).toEqual(['metadata.labels', 'metadata.labels', 'metadata.labels']);
  });
});

describe('a JSON patch', () => {
  it('of a missing object is not looked at', async () => {
    expect(await patch('json', `${MAPS}/missing`, '{}')).toMatchObject({ code: 404 });
  });

  it.each([
    ['', 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['?fieldValidation=Ignore', 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
  ])('that is no list is refused by the decoder that sees it first%s', async (query, message) => {
    expect(await patch('json', `${MAPS}/a${query}`, '{}')).toMatchObject({ code: 400, message });
  });

  it('warns of fields that operations do not have', async () => {
    const body = '[{"op":"add","path":"/data/x","value":"1","valu":2}]';
    const { warnings } = await patch('json', `${MAPS}/a?dryRun=All`, body);
    expect(warnings.join()).toBe('299 - "json patch unknown field \\"[0].valu\\""');
  });
});

describe('a strategic merge patch', () => {
  it.each([
    ['{"spec":{"replicas":"two"}}', 'map[spec:map[replicas:two]]', 'unrecognized type: int32'],
    ['{"spec":{"replicas":1.5}}', 'map[spec:map[replicas:1.5]]', 'cannot convert float64 to int32'],
    ['{"spec":{"paused":"x"}}', 'map[spec:map[paused:x]]', 'unrecognized type: bool'],
    ['{"metadata":{"labels":{"a":1}}}', 'map[metadata:map[labels:map[a:1]]]', 'cannot convert int64 to string'],
    ['{"spec":{"strategy":"x"}}', 'map[spec:map[strategy:x]]', 'cannot restore struct from: string'],
    ['{"metadata":{"finalizers":"x"}}', 'map[metadata:map[finalizers:x]]', 'cannot restore slice from string'],
    ['{"metadata":{"labels":"x"}}', 'map[metadata:map[labels:x]]', 'cannot restore map from string'],
  ])('that does not fit the type is told of by the converter: %s', async (body, shown, text) => {
    expect(await patch('strategic-merge', `${DEPLOYMENTS}/a`, body)).toMatchObject({
      code: 422,
      message: ` "" is invalid: patch: Invalid value: "${shown}": ${text}`,
    });
  });

  it('makes an object of the type of its endpoint, whatever it says', async () => {
    expect((await patch('strategic-merge', `${MAPS}/a?dryRun=All`, '{"kind":"Foo","apiVersion":"x/v1"}')).code).toBe(
      200,
    );
  });
});

describe('a configuration to apply', () => {
  const apply = (body: string) => patch('apply', `${MAPS}/a?fieldManager=m`, body);
  it.each([
    [
      '- a',
      'error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['null', 'invalid object type: /, Kind='],
    ['{"metadata":1}', 'invalid object type: /, Kind='],
    ['{"kind":1}', 'invalid object type: /, Kind='],
    ['{"a":1,"a":2}', 'invalid object type: /, Kind='],
  ])('that is none is refused: %s', async (body, message) => {
    expect(await apply(body)).toMatchObject({ code: 400, message });
  });

  it('that starts like JSON is found to be none only when it is applied', async () => {
    expect((await apply('{')).message).toMatch(/^error decoding patch: error converting YAML to JSON: yaml: /);
    expect((await apply('a: [')).message).toMatch(/^error encoding patch: yaml: /);
  });
});
