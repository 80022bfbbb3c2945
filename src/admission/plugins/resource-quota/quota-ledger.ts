import type { CoreV1ResourceQuota } from '../../../apis/types.gen.js';

/** Where usage is written down. */
export abstract class QuotaLedger {
  /**
   * Replaces `status.used` of the quota if it is still the one stored.
   * @param quota as the lookup gave it
   * @returns false where somebody changed or removed it in between: nothing was written
   */
  abstract write(quota: Readonly<CoreV1ResourceQuota>, used: Readonly<Record<string, string>>): Promise<boolean>;
}
