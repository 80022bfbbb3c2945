import { describe, expect, it } from 'vitest';
import { notFound, StatusError, unauthorized } from '../apimachinery/errors/status-error.js';
import { unwrapMessage } from '../apimachinery/runtime/protobuf-envelope.js';
import { readFields } from '../apimachinery/runtime/protobuf-special.js';
import { encodeStatusProtobuf } from './status-protobuf.js';

function fieldsOf(error: StatusError) {
  const { apiVersion, kind, raw } = unwrapMessage(encodeStatusProtobuf(error.toStatus()));
  expect([apiVersion, kind]).toEqual(['v1', 'Status']);
  return readFields(raw);
}

const text = (value: bigint | Uint8Array | undefined): string => Buffer.from(value as Uint8Array).toString();

describe('encodeStatusProtobuf', () => {
  it('writes what failed and the object it was about', () => {
    const fields = fieldsOf(notFound({ group: 'apps', resource: 'deployments' }, 'web'));
    expect([2, 3, 4].map((field) => text(fields.get(field)?.[0]))).toEqual([
      'Failure',
      'deployments.apps "web" not found',
      'NotFound',
    ]);
    expect(fields.get(6)).toEqual([404n]);
    const details = readFields(fields.get(5)![0] as Uint8Array);
    expect([1, 2, 3].map((field) => text(details.get(field)?.[0]))).toEqual(['web', 'apps', 'deployments']);
  });

  it('writes every cause', () => {
    const causes = [
      { reason: 'FieldValueInvalid', message: 'no', field: 'spec.a' },
      { reason: 'FieldValueRequired', message: 'missing', field: 'spec.b' },
    ];
    const fields = fieldsOf(new StatusError(422, 'Invalid', 'wrong', { causes }));
    const details = readFields(fields.get(5)![0] as Uint8Array);
    const read = details.get(4)!.map((cause) => {
      const parts = readFields(cause as Uint8Array);
      return { reason: text(parts.get(1)?.[0]), message: text(parts.get(2)?.[0]), field: text(parts.get(3)?.[0]) };
    });
    expect(read).toEqual(causes);
  });

  it('leaves details out where there are none', () => {
    expect(fieldsOf(unauthorized()).has(5)).toBe(false);
  });
});
