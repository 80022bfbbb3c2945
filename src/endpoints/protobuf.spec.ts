import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../apimachinery/runtime/protobuf.js';
import { unwrapMessage } from '../apimachinery/runtime/protobuf-envelope.js';
import { Catalogue } from '../apis/catalogue.js';
import { viewOfValue } from '../registry/rest/object-view.js';
import { protobufMetadata, protobufMetadataFrame, protobufStatus } from './protobuf.js';
import type { RequestScope } from './request-scope.js';

const catalogue = new Catalogue();
const wire = {
  objectMeta: catalogue.schemaOf('meta.v1.ObjectMeta'),
  status: catalogue.schemaOf('meta.v1.Status'),
};
const scope = { wire } as RequestScope;
const METADATA_TAG = 0x0a;

function bytesOf(answer: unknown): Buffer {
  return (answer as { body: Buffer }).body;
}

describe('protobuf answers', () => {
  it('give metadata alone in an envelope of its own type', () => {
    const metadata = { name: 'web', labels: { app: 'x' }, generation: 3 };
    const answer = protobufMetadata(scope, viewOfValue({ metadata, spec: { replicas: 1 } }), 'v1', 200);
    const { apiVersion, kind, raw } = unwrapMessage(bytesOf(answer));
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' });
    expect([raw[0], raw[1]]).toEqual([METADATA_TAG, raw.length - 2]);
    expect(decodeMessage(wire.objectMeta, raw.subarray(2))).toMatchObject(metadata);
  });

  it('frame metadata for watches with the length in front', () => {
    const frame = protobufMetadataFrame('ADDED', { name: 'web' }, 'v1', wire);
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect(frame.includes('PartialObjectMetadata')).toBe(true);
  });

  it('give a Status by its wire type', () => {
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 200 };
    const { apiVersion, kind, raw } = unwrapMessage(bytesOf(protobufStatus(wire, 200, status)));
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'Status' });
    expect(decodeMessage(wire.status, raw)).toMatchObject({ status: 'Success', code: 200 });
  });
});
