import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../meta/object.js';
import { ScaleOwners } from './scale-owners.js';

const time = '2026-01-01T00:00:00Z';
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };
const PATHS = new Map([
  ['apps/v1', ['spec', 'replicas']],
  ['other/v1', undefined],
]);

function entry(manager: string, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  const base = { manager, operation: 'Update', apiVersion: 'apps/v1', time, fieldsType: 'FieldsV1' } as const;
  return { ...base, fieldsV1: fieldsV1 as never, ...more };
}

const inScale = (manager: string, more: Partial<ManagedFieldsEntry> = {}) =>
  entry(manager, REPLICAS, { apiVersion: 'autoscaling/v1', ...more });

describe('owners of the replicas', () => {
  const owners = (...entries: ManagedFieldsEntry[]) => new ScaleOwners(entries, 'apps/v1', PATHS);

  it('are those of the scale', () => {
    const scale = owners(
      entry('a', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, { operation: 'Apply' }),
      entry('b', { 'f:spec': { 'f:paused': {} } }),
      entry('c', REPLICAS, { subresource: 'scale' }),
    ).toScale();
    expect(scale).toEqual([inScale('a', { operation: 'Apply' }), inScale('c', { subresource: 'scale' })]);
  });

  it('are none in versions that are not known, or have no scale', () => {
    expect(owners(entry('a', REPLICAS, { apiVersion: 'other/v1' })).toScale()).toBeUndefined();
    expect(owners(entry('a', REPLICAS, { apiVersion: 'gone/v1' })).toScale()).toBeUndefined();
  });

  it('give them to who scales, and keep the rest', () => {
    const parent = owners(
      entry('a', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, { operation: 'Apply' }),
      entry('b', REPLICAS),
    ).toParent([inScale('hpa', { subresource: 'scale' })]);
    expect(parent).toEqual([
      entry('a', { 'f:spec': { 'f:paused': {} } }, { operation: 'Apply' }),
      entry('hpa', REPLICAS, { subresource: 'scale', time: undefined }),
    ]);
  });

  it('stay where an applier still owns them', () => {
    const applied = entry('a', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, { operation: 'Apply' });
    expect(owners(applied).toParent(owners(applied).toScale())).toEqual([applied]);
  });

  it('are two where an updater owns more: its share of the scale is another to upstream', () => {
    const updated = entry('a', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } });
    expect(owners(updated).toParent(owners(updated).toScale())).toEqual([
      entry('a', REPLICAS, { time: undefined }),
      entry('a', { 'f:spec': { 'f:paused': {} } }),
    ]);
  });

  it('go with versions that are not known, and stay with those that have no scale', () => {
    const kept = entry('b', REPLICAS, { apiVersion: 'other/v1' });
    expect(owners(entry('a', REPLICAS, { apiVersion: 'gone/v1' }), kept).toParent(undefined)).toEqual([kept]);
  });
});
