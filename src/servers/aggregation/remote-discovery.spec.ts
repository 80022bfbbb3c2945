import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backend, type BackendAnswer } from './backends/backend.js';
import { fetchResources } from './remote-discovery.js';

/** A backend that answers each path with a text; what has none is missing. */
class Said extends Backend {
  constructor(private readonly texts: Readonly<Record<string, string>>) {
    super();
  }

  override urlOf(path: string): string {
    return `https://said${path}`;
  }

  override async send({ url }: { readonly url: string }): Promise<BackendAnswer> {
    const text = this.texts[url];
    return {
      status: text === undefined ? 404 : 200,
      headers: {},
      body: Readable.from([Buffer.from(text ?? '')]),
      origin: '',
    };
  }

  override async close(): Promise<void> {}
}

const asked = (texts: Readonly<Record<string, string>>) => fetchResources(new Said(texts), 'sea.example.com', 'v1');
const VERSION = '/apis/sea.example.com/v1';

describe('the resources that a backend tells', () => {
  it('come from its aggregated discovery', async () => {
    const boats = {
      resource: 'boats',
      responseKind: { group: 'sea.example.com', version: 'v1', kind: 'Boat' },
      scope: 'Namespaced',
      singularResource: 'boat',
      verbs: ['get'],
      shortNames: ['bo'],
      subresources: [{ subresource: 'status', responseKind: { group: '', version: '', kind: 'Boat' }, verbs: ['get'] }],
    };
    const items = [{ metadata: { name: 'sea.example.com' }, versions: [{ version: 'v1', resources: [boats] }] }];
    expect(await asked({ '/apis': JSON.stringify({ kind: 'APIGroupDiscoveryList', items }) })).toEqual([boats]);
  });

  it('come from its version document, where it knows nothing else', async () => {
    const resources = [
      { name: 'boats', singularName: 'boat', namespaced: true, kind: 'Boat', verbs: ['list'] },
      { name: 'boats/status', namespaced: true, kind: 'Boat', verbs: ['get'] },
    ];
    expect(await asked({ [VERSION]: JSON.stringify({ resources }) })).toMatchObject([
      { resource: 'boats', scope: 'Namespaced', singularResource: 'boat', subresources: [{ subresource: 'status' }] },
    ]);
  });

  it('leave out what has no text for a name', async () => {
    const resources = [{ name: { toString: '' } }, { name: 5 }, { name: 'boats', kind: 'Boat' }];
    expect(await asked({ [VERSION]: JSON.stringify({ resources }) })).toMatchObject([{ resource: 'boats' }]);
  });

  it('are never of another form than the published one', async () => {
    const text = fc.oneof(fc.string(), fc.jsonValue());
    const fields = fc.record(
      {
        ...{ name: text, resource: text, namespaced: text, scope: text, kind: text, singularName: text },
        ...{ verbs: text, shortNames: text, categories: text, subresources: text, responseKind: text },
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fields, fc.jsonValue())), fc.boolean(), async (resources, aggregated) => {
        const items = [{ metadata: { name: 'sea.example.com' }, versions: [{ version: 'v1', resources }] }];
        const found = await asked({
          '/apis': JSON.stringify(aggregated ? { kind: 'APIGroupDiscoveryList', items } : {}),
          [VERSION]: JSON.stringify({ resources }),
        });
        for (const each of found) {
          expect(each).toMatchObject({
            resource: expect.any(String),
            scope: expect.any(String),
            verbs: expect.any(Array),
          });
          for (const list of [each['verbs'], each['shortNames'] ?? [], each['categories'] ?? []]) {
            for (const item of list as unknown[]) expect(item).toBeTypeOf('string');
          }
          for (const part of (each['subresources'] ?? []) as { subresource?: unknown }[]) {
            expect(part.subresource).toBeTypeOf('string');
          }
        }
      }),
    );
  });

  it.each([
    ['no JSON', 'hello'],
    ['deeper than anybody needs', `{"resources":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['no object', '[]'],
  ])('are unknown where the document is %s', async (_what, text) => {
    await expect(asked({ [VERSION]: text })).rejects.toThrow();
  });
});
