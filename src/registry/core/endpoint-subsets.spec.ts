import { describe, expect, it } from 'vitest';
import { repackSubsets } from './endpoint-subsets.js';

const tcp = (name: string, port: number) => ({ name, port, protocol: 'TCP' });

describe('subsets of endpoints', () => {
  it('join where they have the same addresses', () => {
    const packed = repackSubsets([
      { addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }], ports: [tcp('a', 80)] },
      { addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [tcp('b', 81)] },
    ]);
    expect(packed).toHaveLength(1);
    expect(packed[0]!.addresses).toEqual([{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }]);
    expect(packed[0]!.ports).toHaveLength(2);
  });

  it('have an address once, which is not ready where it is so in one place', () => {
    const port = tcp('a', 80);
    expect(
      repackSubsets([
        { addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }], ports: [port] },
        { notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [port] },
      ]),
    ).toEqual([{ notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [port] }]);
  });

  it('keep addresses without ports', () => {
    expect(repackSubsets([{ addresses: [{ ip: '10.0.0.1' }] }])).toEqual([{ addresses: [{ ip: '10.0.0.1' }] }]);
    expect(repackSubsets([])).toEqual([]);
  });

  it('have the order of hashes, whatever the order that was sent', () => {
    const subset = (ip: string, ...ports: ReturnType<typeof tcp>[]) => ({ addresses: [{ ip }], ports });
    const sent = [
      subset('10.0.0.1', tcp('t', 80), tcp('u', 81)),
      subset('10.0.0.2', tcp('v', 82)),
      subset('10.0.0.3', tcp('w', 83)),
    ];
    const packed = repackSubsets(sent);
    expect(repackSubsets([...sent].reverse())).toEqual(packed);
    expect(repackSubsets(packed)).toEqual(packed);
  });
});
