import { describe } from 'vitest';
import { describeCorruption } from './corrupt.contract.js';
import { describeDurability } from './durability.contract.js';
import { describeLifecycle } from './lifecycle.contract.js';
import { describeLimits } from './limits.contract.js';
import { describeListing } from './listing.contract.js';
import { describePast } from './past.contract.js';
import { type StorageContract, setScene } from './scene.js';
import { describeWatching } from './watching.contract.js';
import { describeWriting } from './writing.contract.js';

/** What every kind of storage must do. */
export function describeStorage(title: string, contract: StorageContract): void {
  describe(title, () => {
    const scene = setScene(contract);
    describeWriting(scene);
    describeLimits(scene);
    describeListing(scene);
    describeWatching(scene);
    describePast(scene);
    describeLifecycle(scene);
  });
  if (!contract.durable) return;
  describe(title, () => {
    describeDurability(contract);
    describeCorruption(contract);
  });
}
