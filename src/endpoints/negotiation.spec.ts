import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatusError } from '../apimachinery/errors/status-error.js';
import {
  CUSTOM_RESOURCE_ENDPOINT,
  LIST_ENDPOINT,
  negotiateInput,
  negotiateOutput,
  negotiatePatch,
  negotiateStatus,
  negotiateWatch,
  OBJECT_ENDPOINT,
  wantsPretty,
  watchContentType,
  withCbor,
} from './negotiation.js';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function failure(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('negotiateOutput', () => {
  it('answers JSON where the header is missing or takes anything', () => {
    for (const accept of [undefined, '', '*/*', 'text/html, */*;q=0.8', '*/*;q=0', '*/*;q=abc']) {
      expect(negotiateOutput(accept, OBJECT_ENDPOINT).mediaType).toBe('json');
    }
  });

  it('orders by quality, and by place where qualities are equal', () => {
    expect(negotiateOutput('application/json;q=0.5,application/yaml', OBJECT_ENDPOINT).mediaType).toBe('yaml');
    expect(negotiateOutput('application/yaml,application/json', OBJECT_ENDPOINT).mediaType).toBe('yaml');
    expect(negotiateOutput('*/*,application/yaml;q=0.1', OBJECT_ENDPOINT).mediaType).toBe('yaml');
  });

  it('takes the first transform it can serve and falls back along the header', () => {
    expect(negotiateOutput(`application/json;as=Table;v=v2;g=meta.k8s.io,${TABLE}`, LIST_ENDPOINT)).toMatchObject({
      transform: 'table',
      transformVersion: 'v1',
    });
    expect(negotiateOutput('application/json;as=Wombat,application/json', LIST_ENDPOINT).transform).toBe('none');
  });

  it('ignores parameters it does not know', () => {
    expect(negotiateOutput('application/json; charset=utf-8; odd', OBJECT_ENDPOINT).mediaType).toBe('json');
  });

  it('refuses an unknown type in the router with the representations of the route', () => {
    const error = failure(() => negotiateOutput('text/html', LIST_ENDPOINT));
    expect(error.code).toBe(406);
    expect(error.details).toEqual({});
    expect(error.message).toMatch(/^406: Not Acceptable\n\nAvailable representations: .*json;stream=watch, /);
    expect(failure(() => negotiateOutput('text/html', OBJECT_ENDPOINT)).message).not.toContain('stream');
  });

  it('refuses a known type with impossible parameters in the encoder', () => {
    const error = failure(() => negotiateOutput('application/json;as=Foo;v=v1;g=meta.k8s.io', OBJECT_ENDPOINT));
    expect(error.message).toMatch(/^only the following media types are accepted: application\/json, /);
    expect(error.details).toBeUndefined();
  });

  it('gives custom resources no protobuf, but their metadata in it', () => {
    expect(failure(() => negotiateOutput('application/vnd.kubernetes.protobuf', CUSTOM_RESOURCE_ENDPOINT)).code).toBe(
      406,
    );
    const metadata = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
    expect(negotiateOutput(metadata, CUSTOM_RESOURCE_ENDPOINT)).toMatchObject({
      mediaType: 'protobuf',
      transform: 'partialMetadata',
    });
  });

  it('never fails but with a 406, whatever the header', () => {
    const word = fc.constantFrom(
      'application',
      'json',
      '*',
      '/',
      ';',
      ',',
      '=',
      'as',
      'Table',
      'q',
      '0.3',
      ' ',
      'v',
      'é',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        try {
          expect(['json', 'yaml', 'protobuf']).toContain(negotiateOutput(words.join(''), OBJECT_ENDPOINT).mediaType);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
    );
  });
});

describe('negotiateWatch', () => {
  it('has no YAML form', () => {
    expect(failure(() => negotiateWatch('application/yaml', LIST_ENDPOINT)).message).toBe(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    );
  });

  it('accepts what says that it is a stream', () => {
    expect(negotiateWatch('application/vnd.kubernetes.protobuf;stream=watch', LIST_ENDPOINT).mediaType).toBe(
      'protobuf',
    );
  });
});

describe('negotiateStatus', () => {
  it('is in the form asked for, and in JSON where that has no Status', () => {
    expect(negotiateStatus('application/yaml').mediaType).toBe('yaml');
    expect(negotiateStatus(TABLE)).toMatchObject({ mediaType: 'json', transform: 'none' });
    expect(negotiateStatus('text/html').mediaType).toBe('json');
  });
});

describe('bodies', () => {
  it('are JSON unless their type says otherwise', () => {
    expect(negotiateInput(undefined)).toBe('json');
    expect(negotiateInput('application/JSON; charset=utf-8')).toBe('json');
    expect(negotiateInput('application/yaml')).toBe('yaml');
    expect(failure(() => negotiateInput('text/plain')).code).toBe(415);
  });

  it('of patches are told by type, without strategic merge for custom resources', () => {
    expect(negotiatePatch('application/strategic-merge-patch+json', false).type).toBe('strategic');
    expect(negotiatePatch('application/apply-patch+yaml; x=y', true).type).toBe('apply');
    expect(failure(() => negotiatePatch('application/json', false)).details).toEqual({});
    expect(failure(() => negotiatePatch('application/strategic-merge-patch+json', true)).message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  });
});

describe('wantsPretty', () => {
  const plain = negotiateOutput('application/json', OBJECT_ENDPOINT);

  it('follows the header, then the query, then the client', () => {
    expect(wantsPretty(negotiateOutput('application/json;pretty=1', OBJECT_ENDPOINT), new URLSearchParams(), '')).toBe(
      true,
    );
    expect(wantsPretty(plain, new URLSearchParams('pretty=true'), '')).toBe(true);
    expect(wantsPretty(plain, new URLSearchParams('pretty=0'), 'curl/8')).toBe(false);
    expect(wantsPretty(plain, new URLSearchParams(), 'curl/8')).toBe(true);
    expect(wantsPretty(plain, new URLSearchParams(), 'kubectl/v1.35')).toBe(false);
  });
});

describe('a server that serves CBOR', () => {
  const list = withCbor(LIST_ENDPOINT, true);

  it('answers with it where it is asked for, but for tables', () => {
    expect(negotiateOutput('application/cbor', list).mediaType).toBe('cbor');
    expect(negotiateOutput('application/cbor;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', list)).toMatchObject({
      mediaType: 'cbor',
      transform: 'partialMetadataList',
    });
    expect(negotiateOutput(`application/cbor;as=Table;v=v1;g=meta.k8s.io,${TABLE}`, list).mediaType).toBe('json');
    expect(watchContentType(negotiateWatch('application/cbor', list).mediaType)).toBe('application/cbor-seq');
  });

  it('names it in refusals; others do not know it', () => {
    expect(failure(() => negotiateOutput('text/html', list)).message).toContain(
      'application/vnd.kubernetes.protobuf, application/cbor, application/json;stream=watch',
    );
    expect(failure(() => negotiateOutput('text/html', list)).message).toContain(', application/cbor-seq');
    expect(failure(() => negotiateOutput('application/cbor', LIST_ENDPOINT)).message).not.toContain('cbor');
    expect(failure(() => negotiateInput('application/cbor')).code).toBe(415);
    expect(negotiateInput('application/cbor', true)).toBe('cbor');
    expect(negotiatePatch('application/apply-patch+cbor', true, true)).toEqual({ type: 'apply', cbor: true });
    expect(failure(() => negotiatePatch('application/apply-patch+cbor', false)).code).toBe(415);
    expect(negotiateStatus('application/cbor').mediaType).toBe('json');
    expect(negotiateStatus('application/cbor', true).mediaType).toBe('cbor');
  });
});
