import { jsonEqual } from '../../apimachinery/meta/json.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { KindPolicy, PolicyEnvironment } from '../kind-policy.js';
import { GuardedStorage } from '../rbac/guarded-storage.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestStorage, ValidateObject } from '../rest/storage.js';
import { refuseSuperuserRequest, requireSignerVerb } from './signer-access.js';
import { SigningRequestStrategy, SigningStatusStrategy } from './signing-request.strategy.js';

/** Creates are checked where validating admission runs: after the request has been found well formed. */
class SigningRequestStorage extends GuardedStorage {
  constructor(store: ResourceStore) {
    super(store, async () => {});
  }

  override create(...[ctx, name, csr, options]: Parameters<GuardedStorage['create']>) {
    const validate: ValidateObject = async (object, old) => {
      refuseSuperuserRequest(object);
      await options.validate?.(object, old);
    };
    return super.create(ctx, name, csr, { ...options, validate });
  }
}

/** The approval or status endpoint behind the check of the signer's verb. */
function decisionStorage(
  store: ResourceStore,
  endpoint: 'approval' | 'status',
  environment: PolicyEnvironment,
): RestStorage {
  const view = store.withStrategy(new SigningStatusStrategy(endpoint, environment.now));
  return {
    get: (ctx, name) => view.get(ctx, name),
    update: (ctx, name, request, options) => {
      const validate: ValidateObject = async (object, old) => {
        const verb = endpoint === 'approval' ? 'approve' : 'sign';
        if (endpoint === 'approval' || (old !== undefined && signs(object, old))) {
          await requireSignerVerb(environment.security?.access, ctx.user, verb, old ?? object);
        }
        await options.validate?.(object, old);
      };
      return view.update(ctx, name, request, { ...options, validate, forceAllowCreate: false });
    },
  };
}

function signs(csr: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  return !jsonEqual(csr['status'], old['status']);
}

export const certificatesPolicies: readonly KindPolicy[] = [
  {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    strategy: () => new SigningRequestStrategy(),
    guard: (store) => new SigningRequestStorage(store),
    subresources: (store, environment) => [
      { name: 'approval', storage: decisionStorage(store, 'approval', environment) },
      { name: 'status', storage: decisionStorage(store, 'status', environment) },
    ],
  },
];
