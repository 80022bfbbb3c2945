import {
  byMode,
  optionalPointer,
  required,
  requiredPointer,
  struct,
} from '../../apimachinery/validation/declared-rules.js';
import { type Errors, validateInRange } from '../../apimachinery/validation/field-checks.js';
import { FieldPath, fieldInvalid, fieldNotSupported } from '../../apimachinery/validation/field-error.js';
import type {
  FlowcontrolV1ExemptPriorityLevelConfiguration,
  FlowcontrolV1LimitedPriorityLevelConfiguration,
  FlowcontrolV1LimitResponse,
  FlowcontrolV1PriorityLevelConfiguration,
  FlowcontrolV1QueuingConfiguration,
} from '../../apis/types.gen.js';

const SPEC = FieldPath.root('spec');
const LIMITED = SPEC.child('limited');
const RESPONSE = LIMITED.child('limitResponse');
const QUEUING = RESPONSE.child('queuing');
const TYPES = ['Exempt', 'Limited'];
const RESPONSES = ['Queue', 'Reject'];
const QUEUES_MAX = 10_000_000;
/** Bits of the hash that hands of queues are dealt from. */
const HASH_BITS_MAX = 60;

export const EXEMPT = 'exempt';

/** What concerns the type and its parts one by one. */
export function validateLevelSpec(level: Readonly<FlowcontrolV1PriorityLevelConfiguration>, errors: Errors): void {
  const { type = '', limited, exempt } = level.spec ?? {};
  if ((level.metadata.name === EXEMPT) !== (type === 'Exempt')) {
    errors.push(fieldInvalid(SPEC.child('type'), type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  if (type === 'Exempt' && exempt !== undefined) validateExempt(exempt, errors);
  else if (type === 'Limited' && limited !== undefined) validateLimited(limited, errors);
  else if (type !== '' && !TYPES.includes(type)) errors.push(fieldNotSupported(SPEC.child('type'), type, TYPES));
}

const limitResponse = struct(
  { type: [required], queuing: [optionalPointer] },
  byMode('queuing', 'type', { Queue: [requiredPointer] }),
);

/** What stands in the types themselves. */
export const declaredLevel = struct({
  spec: [
    struct(
      { type: [required], limited: [optionalPointer, struct({ limitResponse: [limitResponse] })] },
      byMode('exempt', 'type', { Exempt: [optionalPointer] }),
      byMode('limited', 'type', { Limited: [requiredPointer] }),
    ),
  ],
});

function validateLimited(limited: FlowcontrolV1LimitedPriorityLevelConfiguration, errors: Errors): void {
  const { nominalConcurrencyShares: shares, limitResponse, lendablePercent, borrowingLimitPercent } = limited;
  validateShares(shares, LIMITED, errors);
  validateResponse(limitResponse ?? { type: '' }, errors);
  validateLendable(lendablePercent, LIMITED, errors);
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const text = 'if specified, must be a non-negative integer';
    errors.push(fieldInvalid(LIMITED.child('borrowingLimitPercent'), borrowingLimitPercent, text));
  }
}

function validateResponse({ type, queuing }: FlowcontrolV1LimitResponse, errors: Errors): void {
  if (type === 'Queue' && queuing) validateQueuing(queuing, errors);
  else if (type && !RESPONSES.includes(type)) errors.push(fieldNotSupported(RESPONSE.child('type'), type, RESPONSES));
}

function validateExempt(exempt: FlowcontrolV1ExemptPriorityLevelConfiguration, errors: Errors): void {
  const at = SPEC.child('exempt');
  validateShares(exempt.nominalConcurrencyShares, at, errors);
  validateLendable(exempt.lendablePercent, at, errors);
}

function validateShares(shares: number | null | undefined, at: FieldPath, errors: Errors): void {
  if (typeof shares === 'number' && shares < 0) {
    errors.push(fieldInvalid(at.child('nominalConcurrencyShares'), shares, 'must be a non-negative integer'));
  }
}

function validateLendable(percent: number | undefined, at: FieldPath, errors: Errors): void {
  if (percent !== undefined) validateInRange(percent, 0, 100, at.child('lendablePercent'), errors);
}

function validateQueuing(queuing: FlowcontrolV1QueuingConfiguration, errors: Errors): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  if (queueLengthLimit <= 0) {
    errors.push(fieldInvalid(QUEUING.child('queueLengthLimit'), queueLengthLimit, 'must be positive'));
  }
  if (queues <= 0) errors.push(fieldInvalid(QUEUING.child('queues'), queues, 'must be positive'));
  else if (queues > QUEUES_MAX) {
    errors.push(fieldInvalid(QUEUING.child('queues'), queues, `must not be greater than ${QUEUES_MAX}`));
  }
  const handAt = QUEUING.child('handSize');
  if (handSize <= 0) errors.push(fieldInvalid(handAt, handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(fieldInvalid(handAt, handSize, `should not be greater than queues (${queues})`));
  } else if (entropyBits(queues, handSize) > HASH_BITS_MAX) {
    const text = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS_MAX}`;
    errors.push(fieldInvalid(handAt, handSize, text));
  }
}

/** Bits needed to deal a hand of distinct cards out of a deck. */
function entropyBits(deck: number, hand: number): number {
  return Math.ceil(Math.log2(deck) * hand);
}
