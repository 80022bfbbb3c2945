import {
  extendedResourceName,
  fullyQualifiedName,
  labelKey,
  longName,
  longNameCaseless,
  resourcePoolName,
  shortName,
  uuid,
} from '../../apimachinery/validation/declared-formats.js';
import {
  type DeclaredField,
  eachItem,
  eachKey,
  eachValue,
  immutable,
  keyOf,
  maxBytes,
  maxItems,
  maxLength,
  noModify,
  oneOf,
  optional,
  optionalPointer,
  ownKey,
  required,
  struct,
  union,
  unique,
} from '../../apimachinery/validation/declared-rules.js';

/**
 * The rules that stand in the types of resource.k8s.io/v1, field by field.
 * @see https://github.com/kubernetes/api/blob/v0.37.2/resource/v1/types.go
 */

export const LIST_MAX = 32;
const DRIVER: DeclaredField = [required, longNameCaseless, maxLength(63)];
const EFFECT = oneOf('NoExecute', 'NoSchedule', 'None');
const MODE = oneOf('All', 'ExactCount');
const CONDITIONS: DeclaredField = [optional, maxItems(4)];

const selectors: DeclaredField = [optional, maxItems(LIST_MAX)];
const names: DeclaredField = [optional, maxItems(LIST_MAX), unique(ownKey)];
const opaque: DeclaredField = [optionalPointer, struct({ driver: DRIVER })];

const toleration = struct({
  key: [optional, labelKey],
  operator: [required, oneOf('Equal', 'Exists')],
  effect: [optional, EFFECT],
});
const tolerations: DeclaredField = [optional, eachItem(toleration)];
const taint = struct({ effect: [required, EFFECT] });

const exactRequest = struct({ selectors, allocationMode: [optional, MODE], tolerations });
const subRequest = struct({
  deviceClassName: [required, longName],
  selectors,
  allocationMode: [optional, MODE],
  tolerations,
});
const byName = keyOf('name');
const request = struct({
  exactly: [optionalPointer, exactRequest],
  firstAvailable: [optional, maxItems(8), unique(byName, 'resource.v1.DeviceSubRequest'), eachItem(subRequest, byName)],
});
const constraint = struct({
  requests: names,
  matchAttribute: [optionalPointer, fullyQualifiedName],
  distinctAttribute: [optionalPointer, fullyQualifiedName],
});
const claimSpec = struct({
  devices: [
    struct({
      requests: [optional, maxItems(LIST_MAX), unique(byName, 'resource.v1.DeviceRequest'), eachItem(request, byName)],
      constraints: [optional, maxItems(LIST_MAX), eachItem(constraint)],
      config: [optional, maxItems(LIST_MAX), eachItem(struct({ requests: names, opaque }))],
    }),
  ],
});

const result = struct({
  driver: DRIVER,
  pool: [required, resourcePoolName],
  tolerations,
  bindingConditions: CONDITIONS,
  bindingFailureConditions: CONDITIONS,
  shareID: [optionalPointer, uuid],
});
const allocation = struct({
  devices: [
    struct({
      results: [optional, maxItems(LIST_MAX), eachItem(result)],
      config: [
        optional,
        maxItems(2 * LIST_MAX),
        eachItem(struct({ source: [required, oneOf('FromClaim', 'FromClass')], requests: names, opaque })),
      ],
    }),
  ],
});
const deviceStatus = struct({
  shareID: [optionalPointer, uuid],
  networkData: [
    optionalPointer,
    struct({
      interfaceName: [optional, maxBytes(256)],
      ips: [optional, maxItems(16), unique(ownKey)],
      hardwareAddress: [optional, maxBytes(128)],
    }),
  ],
});
const byDevice = keyOf('driver', 'device', 'pool', 'shareID');

export const declaredClaim = struct({
  spec: [immutable, claimSpec],
  status: [
    struct({
      allocation: [optionalPointer, noModify, allocation],
      reservedFor: [optional, maxItems(256), unique(keyOf('uid'), 'resource.v1.ResourceClaimConsumerReference')],
      devices: [optional, unique(byDevice, 'resource.v1.AllocatedDeviceStatus'), eachItem(deviceStatus, byDevice)],
    }),
  ],
});

export const declaredClaimTemplate = struct({ spec: [struct({ spec: [claimSpec] })] });

export const declaredClass = struct({
  metadata: [struct({ name: [optional, longName] })],
  spec: [
    struct({
      selectors,
      config: [optional, maxItems(LIST_MAX), eachItem(struct({ opaque }))],
      extendedResourceName: [optionalPointer, extendedResourceName],
    }),
  ],
});

const attribute = struct({}, union('int', 'bool', 'string', 'version', 'ints', 'bools', 'strings', 'versions'));
const counters: DeclaredField = [required, eachKey(shortName)];
const byCounterSet = keyOf('counterSet');
const consumption = struct({ counterSet: [required, shortName], counters });
const device = struct({
  attributes: [optional, eachValue(attribute)],
  consumesCounters: [
    optional,
    maxItems(2),
    unique(byCounterSet, 'resource.v1.DeviceCounterConsumption'),
    eachItem(consumption, byCounterSet),
  ],
  taints: [optional, eachItem(taint)],
  bindingConditions: CONDITIONS,
  bindingFailureConditions: CONDITIONS,
});

export const declaredSlice = struct({
  spec: [
    struct({
      devices: [optional, eachItem(device)],
      sharedCounters: [
        optional,
        maxItems(8),
        unique(byName, 'resource.v1.CounterSet'),
        eachItem(struct({ name: [required, shortName], counters }), byName),
      ],
    }),
  ],
});

export const declaredTaintRule = struct({ spec: [struct({ taint: [taint] })] });
