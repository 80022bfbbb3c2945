import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { createWith } from '../generic/testing.js';
import { configMapPolicy } from './config.policies.js';

it('a ConfigMap is refused as a whole where its values are too much together', () => {
  const data = { a: 'x'.repeat(600 * 1024) };
  const object = (more: object): KubeObject => ({ metadata: { name: 'a' }, data, ...more }) as unknown as KubeObject;
  expect(createWith(configMapPolicy, object({})).faults).toEqual([]);
  const binaryData = { b: Buffer.alloc(600 * 1024).toString('base64') };
  expect(createWith(configMapPolicy, object({ binaryData })).faults).toEqual([
    '[]: Too long: may not be more than 1048576 bytes',
  ]);
});
