import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../apis/catalogue.js';
import { decodeMessage, encodeMessage, ProtobufError } from './protobuf.js';
import { unwrapMessage, wrapMessage } from './protobuf-envelope.js';

const catalogue = new Catalogue();
const pod = catalogue.schemaOf('core.v1.Pod');

describe('protobuf messages', () => {
  it('keeps a pod through encoding and decoding', () => {
    const object = {
      metadata: { name: 'p', creationTimestamp: '2026-01-02T03:04:05Z', labels: { a: 'b' } },
      spec: {
        containers: [
          { name: 'c', resources: { limits: { cpu: '100m' } }, ports: [{ containerPort: 80, protocol: 'TCP' }] },
        ],
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      },
      status: { startTime: '2026-01-02T03:04:05Z' },
    };
    const decoded = decodeMessage(pod, encodeMessage(pod, object));
    expect(decoded).toMatchObject(object);
  });

  it('nests what JSON flattens: volume sources', () => {
    const volume = catalogue.schemaOf('core.v1.Volume');
    const bytes = encodeMessage(volume, { name: 'v', hostPath: { path: '/x' } });
    expect(decodeMessage(volume, bytes)).toMatchObject({ name: 'v', hostPath: { path: '/x' } });
    expect(bytes[3]).toBe((2 << 3) | 2);
  });

  it('puts type and message into the envelope and takes them out again', () => {
    const raw = encodeMessage(pod, { metadata: { name: 'p' } });
    const envelope = unwrapMessage(wrapMessage({ apiVersion: 'v1', kind: 'Pod', raw }));
    expect(envelope.apiVersion).toBe('v1');
    expect(envelope.kind).toBe('Pod');
    expect(Buffer.from(envelope.raw).equals(Buffer.from(raw))).toBe(true);
  });

  it('refuses what has no envelope or is cut off', () => {
    expect(() => unwrapMessage(Buffer.from('{}'))).toThrow(ProtobufError);
    const bytes = encodeMessage(pod, { metadata: { name: 'a-long-name-of-a-pod' } });
    expect(() => decodeMessage(pod, bytes.subarray(0, 12))).toThrow(ProtobufError);
  });
});
