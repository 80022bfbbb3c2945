import { expect, it } from 'vitest';
import { Catalogue } from '../../apis/catalogue.js';
import { decodeCbor, encodeCbor } from '../runtime/cbor.js';
import { cborValue } from './cbor-value.js';

it('bytes go as they are under the tag that says how JSON shows them', () => {
  const schema = new Catalogue().schemaOf('core.v1.Secret');
  const secret = { data: { a: 'AQI=' }, stringData: { b: 'AQI=' } };
  const encoded = encodeCbor(cborValue(schema, secret));
  expect(encoded.toString('hex')).toContain('4161d6420102');
  expect(encoded.toString('hex')).toContain(`416244${Buffer.from('AQI=').toString('hex')}`);
  expect(decodeCbor(encoded)).toEqual(secret);
});

it('values without bytes are not made anew', () => {
  const catalogue = new Catalogue();
  const pod = { spec: { containers: [] } };
  expect(cborValue(catalogue.schemaOf('core.v1.Pod'), pod)).toBe(pod);
});
