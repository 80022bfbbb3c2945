import type { JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import type { FieldError } from '../../apimachinery/validation/field-error.js';
import { copyField, GenericStrategy, resetIn } from '../generic/generic-strategy.js';
import type { RestContext } from '../rest/context.js';
import {
  APPROVALS,
  conditionsOf,
  type SigningCondition,
  type SigningEndpoint,
  validateSigningRequest,
  validateSigningUpdate,
} from './validation.js';

const TRAITS = {
  kind: { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' },
  namespaced: false,
  hasStatus: true,
};

/** A request for a certificate: its spec never changes, and who made it is the server's to say. */
export class SigningRequestStrategy extends GenericStrategy {
  constructor() {
    super(TRAITS);
  }

  /** Nobody owns anything through the main endpoint: a spec never changes. */
  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(TRAITS, ['spec', 'status']);
  }

  override prepareForCreate(ctx: RestContext, csr: KubeObject): void {
    super.prepareForCreate(ctx, csr);
    const { name, uid, groups, extra } = ctx.user;
    const spec = { ...((csr['spec'] ?? {}) as JsonObject) };
    for (const requester of ['username', 'uid', 'groups', 'extra']) delete spec[requester];
    if (name !== '') spec['username'] = name;
    if (uid !== '') spec['uid'] = uid;
    if (groups.length > 0) spec['groups'] = [...groups];
    const entries = Object.entries(extra);
    if (entries.length > 0) spec['extra'] = Object.fromEntries(entries.map(([key, values]) => [key, [...values]]));
    csr['spec'] = spec;
    csr['status'] = {};
  }

  override validateCreate(_ctx: RestContext, csr: Readonly<KubeObject>): FieldError[] {
    return validateSigningRequest(csr);
  }

  override prepareForUpdate(ctx: RestContext, csr: KubeObject, old: Readonly<KubeObject>): void {
    super.prepareForUpdate(ctx, csr, old);
    copyField(csr, old, 'spec');
  }

  override validateUpdate(_ctx: RestContext, csr: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return validateSigningUpdate(csr, old, 'main');
  }

  override selectableFields(csr: Readonly<KubeObject>): Record<string, string> {
    return { 'spec.signerName': String(field(csr, 'spec', 'signerName') ?? '') };
  }
}

/** The approval and status endpoints: conditions get their times here. */
export class SigningStatusStrategy extends SigningRequestStrategy {
  /** @param now clock, ms since the epoch */
  constructor(
    private readonly endpoint: Exclude<SigningEndpoint, 'main'>,
    private readonly now: () => number,
  ) {
    super();
  }

  override resetFields(): Readonly<Record<string, readonly string[]>> {
    return resetIn(
      TRAITS,
      this.endpoint === 'approval' ? ['spec', 'status.certificate'] : ['spec', 'status.conditions'],
    );
  }

  override prepareForUpdate(_ctx: RestContext, csr: KubeObject, old: Readonly<KubeObject>): void {
    copyField(csr, old, 'spec');
    const status = { ...((csr['status'] ?? {}) as JsonObject) };
    if (this.endpoint === 'approval')
      copyField(status as KubeObject, (old['status'] ?? {}) as KubeObject, 'certificate');
    if (this.endpoint === 'status') status['conditions'] = withKeptApprovals(csr, old);
    csr['status'] = status;
    const now = formatTime(Math.floor(this.now() / 1000));
    for (const condition of conditionsOf(csr)) {
      condition.lastUpdateTime ||= now;
      const same = conditionsOf(old).find(
        ({ type, status: was }) => type === condition.type && was === condition.status,
      );
      condition.lastTransitionTime ||= same?.lastTransitionTime || now;
    }
  }

  override validateUpdate(_ctx: RestContext, csr: Readonly<KubeObject>, old: Readonly<KubeObject>): FieldError[] {
    return validateSigningUpdate(csr, old, this.endpoint);
  }
}

/** Whoever signs does not decide: approvals and denials stay as they are, unless their number shows that some were meant to change. */
function withKeptApprovals(csr: Readonly<KubeObject>, old: Readonly<KubeObject>): SigningCondition[] {
  const conditions = [...conditionsOf(csr)];
  for (const type of APPROVALS) {
    const kept = conditionsOf(old).filter((condition) => condition.type === type);
    const places = [...conditions.keys()].filter((i) => conditions[i]!.type === type);
    if (kept.length === places.length) for (const [i, place] of places.entries()) conditions[place] = { ...kept[i]! };
  }
  return conditions;
}
