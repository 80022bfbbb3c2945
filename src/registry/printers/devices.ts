import { ageOf } from '../../apimachinery/table/human-duration.js';
import type {
  ResourceV1DeviceTaintRule,
  ResourceV1ResourceClaim,
  ResourceV1ResourceSlice,
} from '../../apis/types.gen.js';
import { age, cells, name, type Printers } from './printer.js';

const NAME_AND_AGE = cells((object, context) => [name(object), age(object, context)]);

/** Dynamic resource allocation. */
export const DEVICE_PRINTERS: Printers = {
  'resource.k8s.io/v1/deviceclasses': NAME_AND_AGE,
  'resource.k8s.io/v1/resourceclaimtemplates': NAME_AND_AGE,
  'resource.k8s.io/v1/resourceclaims': cells<ResourceV1ResourceClaim>((claim, context) => [
    name(claim),
    claimState(claim),
    age(claim, context),
  ]),
  'resource.k8s.io/v1/resourceslices': cells<ResourceV1ResourceSlice>((slice, context) => [
    name(slice),
    slice.spec?.nodeName ?? '',
    slice.spec?.driver ?? '',
    slice.spec?.pool?.name ?? '',
    age(slice, context),
  ]),
  'resource.k8s.io/v1/devicetaintrules': cells<ResourceV1DeviceTaintRule>((rule, context) => [
    name(rule),
    rule.spec?.taint?.key ?? '',
    rule.spec?.taint?.value ?? '',
    rule.spec?.taint?.effect ?? '',
    ageOf(rule.spec?.taint?.timeAdded, context.now),
    age(rule, context),
  ]),
};

function claimState({ metadata, status }: Readonly<ResourceV1ResourceClaim>): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = deleted ? ['deleted'] : [];
  if (status?.allocation) {
    states.push('allocated');
    if ((status.reservedFor ?? []).length > 0) states.push('reserved');
  } else if (!deleted) states.push('pending');
  return states.join(',');
}
