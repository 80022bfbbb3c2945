import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { Catalogue } from '../../apis/catalogue.js';
import type { CustomResourceDefinition } from '../../registry/apiextensions/crd.js';
import { CatalogueSchemaEngine } from './catalogue-schema-engine.js';
import { CustomResourceBuilder } from './custom-resource-builder.js';
import { DefinitionSource } from './definition-source.js';
import { REVIEW_OBJECTS_MAX, WebhookConverter } from './webhook-converter.js';

const CRD = {
  metadata: { name: 'boats.sea.example.com' },
  spec: {
    group: 'sea.example.com',
    names: { plural: 'boats', kind: 'Boat' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true }],
    conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } },
  },
} as CustomResourceDefinition;

type Change = (object: JsonObject) => JsonObject;

/** A webhook that sets the version and then does as told. */
function converter(change: Change, response: JsonObject = {}, calls: number[] = []): WebhookConverter {
  const call = async (_conversion: unknown, review: JsonObject): Promise<JsonObject> => {
    const request = review['request'] as JsonObject & { objects: JsonObject[] };
    calls.push(request.objects.length);
    const convertedObjects = request.objects.map((object) =>
      change({ ...object, apiVersion: request['desiredAPIVersion'] as string }),
    );
    const { apiVersion, kind } = review;
    const answer = { uid: request['uid'], result: { status: 'Success' }, convertedObjects, ...response };
    return { apiVersion, kind, response: answer };
  };
  return new WebhookConverter(CRD, call, () => 'u1');
}

const boat = (name = 'a'): KubeObject => ({
  metadata: { name, namespace: 'n', uid: 'x', generation: 3 },
  spec: { l: 1 },
});
const metadata = (object: JsonObject): JsonObject => (isJsonObject(object['metadata']) ? object['metadata'] : {});
const LEAD = 'conversion webhook for sea.example.com/v2, Kind=Boat';

describe('WebhookConverter', () => {
  it('takes what the webhook made, and of metadata only labels and annotations', async () => {
    const change: Change = (object) => ({
      ...object,
      spec: { length: 1 },
      metadata: { ...metadata(object), labels: { a: 'b' }, generation: 99 },
    });
    const converted = await converter(change).convert(boat(), 'v2', 'v1');
    expect(converted).toMatchObject({ spec: { length: 1 }, metadata: { generation: 3, labels: { a: 'b' } } });
  });

  it.each<[string, Change, JsonObject, string]>([
    ['another uid', (o) => o, { uid: 'u2' }, `${LEAD} failed: expected response.uid="u1", got "u2"`],
    ['a failure', (o) => o, { result: { status: 'Failure', message: 'no wind' } }, `${LEAD} failed: no wind`],
    ['too few objects', (o) => o, { convertedObjects: [] }, `${LEAD} returned 0 objects, expected 1`],
    [
      'another name',
      (o) => ({ ...o, metadata: { ...metadata(o), name: 'z' } }),
      {},
      `${LEAD} returned invalid object: must have the same name: a != z`,
    ],
    [
      'another kind',
      (o) => ({ ...o, kind: 'Ship' }),
      {},
      `${LEAD} returned invalid object at index 0: invalid kind (expected Boat, received Ship)`,
    ],
  ])('refuses an answer with %s', async (_what, change, response, message) => {
    await expect(converter(change, response).convert(boat(), 'v2', 'v1')).rejects.toMatchObject({
      code: 500,
      reason: '',
      message,
    });
  });

  it('is read and written through a form, which names failures to read', async () => {
    const engine = new CatalogueSchemaEngine(new Catalogue());
    const failing = converter((o) => o, { uid: 'u2' });
    const crd = {
      ...CRD,
      spec: { ...CRD.spec, versions: [...CRD.spec.versions, { name: 'v2', served: true, storage: false }] },
    } as CustomResourceDefinition;
    const source = new DefinitionSource(crd, () => crd);
    const plan = new CustomResourceBuilder(engine, () => failing).plan(crd, source)!;
    const form = plan.versions.find(({ version }) => version.version === 'v2')!.form!;
    await expect(form.load(boat())).rejects.toMatchObject({ reason: 'InternalError' });
    await expect(form.loadAll([boat()])).rejects.toMatchObject({ reason: 'StorageReadError' });
    await expect(form.save(boat())).rejects.toMatchObject({
      reason: '',
      message: `${LEAD} failed: expected response.uid="u1", got "u2"`,
    });
  });

  it('sends long lists in batches and keeps their order', async () => {
    const calls: number[] = [];
    const many = Array.from({ length: REVIEW_OBJECTS_MAX + 1 }, (_, i) => boat(`b${i}`));
    const converted = await converter((o) => o, {}, calls).convertAll(many, 'v1', 'v2');
    expect(calls).toEqual([REVIEW_OBJECTS_MAX, 1]);
    expect(converted.map(({ metadata: { name } }) => name)).toEqual(many.map(({ metadata: { name } }) => name));
  });
});
