import {
  badRequest,
  conflict,
  forbidden,
  internalError,
  invalid,
  StatusError,
} from '../../apimachinery/errors/status-error.js';
import { parseGroupVersion } from '../../apimachinery/meta/group-version.js';
import type { JsonObject } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { formatTime } from '../../apimachinery/runtime/time.js';
import { type FieldError, fieldInvalid } from '../../apimachinery/validation/field-error.js';
import type { RegistrySecurity, TokenOrder } from '../authorization/security-ports.js';
import type { SubresourceDefinition } from '../resource-definition.js';
import type { ResourceRegistry } from '../resource-registry.js';
import { inNamespace, type RestContext } from '../rest/context.js';
import { viewOfValue } from '../rest/object-view.js';
import type { RestStorage, WriteOptions } from '../rest/storage.js';

const KIND = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const EXPIRATION_SECONDS_DEFAULT = 3600;
const EXPIRATION_SECONDS_MIN = 600;
const EXPIRATION_SECONDS_MAX = 2 ** 32;

interface BoundObjectRef extends JsonObject {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

interface TokenRequestSpec extends JsonObject {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: BoundObjectRef | null;
}

type Bound = Pick<TokenOrder, 'pod' | 'secret' | 'node'>;

/** The `token` subresource of service accounts. */
export function tokenSubresource(
  registry: ResourceRegistry,
  security: () => RegistrySecurity | undefined,
  now: () => number,
): SubresourceDefinition {
  return {
    name: 'token',
    kind: KIND,
    storage: new TokenRequestStorage(registry, security, now),
    applyDefaults: (request) => {
      const spec = request['spec'] as TokenRequestSpec | undefined;
      if (spec) spec.expirationSeconds ??= EXPIRATION_SECONDS_DEFAULT;
    },
  };
}

/**
 * Issues a token for a service account, bound to it and maybe to a Pod, Secret or Node.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
class TokenRequestStorage implements RestStorage {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly security: () => RegistrySecurity | undefined,
    private readonly now: () => number,
  ) {}

  /** @throws StatusError NotFound, Invalid, BadRequest, Conflict; Forbidden by quota or admission */
  async create(ctx: RestContext, name: string, request: KubeObject, options: WriteOptions) {
    const security = this.security();
    if (security?.issuer === undefined) {
      throw internalError('the server has no key to sign service account tokens with');
    }
    const { issuer, apiAudiences, tokenExpirationSecondsMax } = security;
    requireSameAccount(ctx, name, request);
    const account = await this.find(ctx, 'serviceaccounts', name);
    const now = this.now();
    const spec = { ...((request['spec'] ?? {}) as TokenRequestSpec) };
    if (!spec.audiences?.length) spec.audiences = [...apiAudiences];
    spec.expirationSeconds ??= EXPIRATION_SECONDS_DEFAULT;
    const errors = validateExpiration(spec.expirationSeconds);
    if (errors.length > 0) throw invalid(KIND, '', errors);
    const metadata = {
      ...request.metadata,
      name,
      namespace: ctx.namespace,
      uid: account.metadata.uid!,
      creationTimestamp: formatTime(Math.floor(now / 1000)),
    };
    const final: KubeObject = { ...request, metadata, spec };
    await options.validate?.(final, undefined);
    const bound = spec.boundObjectRef ? await this.bind(ctx, name, spec.boundObjectRef) : {};
    if (tokenExpirationSecondsMax > 0 && spec.expirationSeconds > tokenExpirationSecondsMax) {
      ctx.warn(
        `requested expiration of ${spec.expirationSeconds} seconds shortened to ${tokenExpirationSecondsMax} seconds`,
      );
      spec.expirationSeconds = tokenExpirationSecondsMax;
    }
    const { token, expiresAt } = await issuer.issue({
      namespace: ctx.namespace,
      serviceAccount: { name, uid: account.metadata.uid ?? '' },
      audiences: spec.audiences,
      expirationSeconds: spec.expirationSeconds,
      ...bound,
    });
    const { audiences, expirationSeconds, boundObjectRef = null } = spec;
    return viewOfValue({
      metadata,
      spec: { audiences, expirationSeconds, boundObjectRef },
      status: { token, expirationTimestamp: formatTime(expiresAt) },
    });
  }

  private async bind(ctx: RestContext, account: string, ref: BoundObjectRef): Promise<Bound> {
    const { kind = '', apiVersion = '', name = '' } = ref;
    const { group, version } = parseGroupVersion(apiVersion) ?? { group: '', version: '' };
    if (group !== '' || !['Pod', 'Secret', 'Node'].includes(kind)) {
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
    }
    if (name === '') throw badRequest('Name parameter required.');
    const object = await this.find(kind === 'Node' ? inNamespace(ctx, '') : ctx, `${kind.toLowerCase()}s`, name);
    const uid = object.metadata.uid ?? '';
    if (kind === 'Pod' && field(object, 'spec', 'serviceAccountName') !== account) {
      const quoted = JSON.stringify(account);
      throw badRequest(
        `cannot bind token for serviceaccount ${quoted} to pod running with different serviceaccount name.`,
      );
    }
    if (ref.uid && ref.uid !== uid) {
      const cause = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict({ group, resource: kind }, name, cause);
    }
    if (kind === 'Secret') return { secret: { name, uid } };
    if (kind === 'Node') return { node: { name, uid } };
    const node = await this.nodeOf(ctx, object);
    return { pod: { name, uid }, ...(node && { node }) };
  }

  /** A pod's token tells its node; one that is gone is told by name alone. */
  private async nodeOf(ctx: RestContext, pod: Readonly<KubeObject>): Promise<Bound['node']> {
    const name = field(pod, 'spec', 'nodeName');
    if (typeof name !== 'string' || name === '') return undefined;
    try {
      const node = await this.find(inNamespace(ctx, ''), 'nodes', name);
      return { name, uid: node.metadata.uid ?? '' };
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'NotFound') return { name };
      throw error;
    }
  }

  private async find(ctx: RestContext, resource: string, name: string): Promise<Readonly<KubeObject>> {
    const get = this.registry.find('', resource)?.storage;
    if (get?.get === undefined) throw forbidden({ group: '', resource }, name, `${resource} are not served`);
    return (await get.get(ctx, name)).value();
  }
}

/** @throws StatusError Invalid where the body names another account than the path */
function requireSameAccount(ctx: RestContext, account: string, { metadata }: Readonly<KubeObject>): void {
  const { name, namespace } = metadata;
  const errors: FieldError[] = [];
  if (name && name !== account) {
    errors.push(fieldInvalid('metadata.name', name, 'must match the service account name if specified'));
  } else if (namespace && namespace !== ctx.namespace) {
    errors.push(fieldInvalid('metadata.namespace', namespace, 'must match the service account namespace if specified'));
  }
  if (errors.length > 0) throw invalid(KIND, account, errors);
}

function validateExpiration(seconds: number): FieldError[] {
  const at = 'spec.expirationSeconds';
  if (seconds < EXPIRATION_SECONDS_MIN) {
    return [fieldInvalid(at, seconds, 'may not specify a duration less than 10 minutes')];
  }
  if (seconds > EXPIRATION_SECONDS_MAX) {
    return [fieldInvalid(at, seconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}
