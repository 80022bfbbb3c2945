import { describe, expect, it } from 'vitest';
import type { CoreV1ReplicationController, CoreV1ReplicationControllerSpec } from '../../apis/types.gen.js';
import { createWith } from '../generic/testing.js';
import { replicationControllerPolicy } from './template-kinds.policies.js';

const controller = (spec: CoreV1ReplicationControllerSpec, name = 'r'): CoreV1ReplicationController => ({
  metadata: { name },
  spec: {
    template: { metadata: { labels: { z: '1', a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    ...spec,
  },
});

describe('a replication controller', () => {
  it('selects by the labels of its template where it says nothing', () => {
    const { object, faults } = createWith(replicationControllerPolicy, controller({}));
    expect(faults).toEqual([]);
    expect((object as CoreV1ReplicationController).spec?.selector).toEqual({ z: '1', a: 'b' });
  });

  it('is judged by what its type declares after all else, its name first', () => {
    const faults = createWith(
      replicationControllerPolicy,
      controller({ selector: { x: 'y' }, replicas: -1 }, 'R_'),
    ).faults;
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'spec.template.metadata.labels',
      'metadata.name',
      'spec.replicas',
    ]);
    expect(faults[0]).toContain('{"a":"b","z":"1"}');
  });

  it('has a name', () => {
    expect(createWith(replicationControllerPolicy, controller({}, '')).faults).toEqual([
      'metadata.name: Required value: name or generateName is required',
    ]);
  });
});
