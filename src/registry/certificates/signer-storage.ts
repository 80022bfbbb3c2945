import { invalid } from '../../apimachinery/errors/status-error.js';
import { jsonEqual } from '../../apimachinery/meta/json.js';
import { field, type KubeObject } from '../../apimachinery/meta/object.js';
import { FieldPath, fieldForbidden, goQuote } from '../../apimachinery/validation/field-error.js';
import { maySpeakFor } from '../../apis/certificates/signer-authorization.js';
import type { PolicyEnvironment } from '../kind-policy.js';
import type { ResourceStore } from '../resource-store.js';
import type { RestContext } from '../rest/context.js';
import type { RestStorage, ValidateObject } from '../rest/storage.js';
import type { Strategy } from '../rest/strategy.js';

const SIGNER = FieldPath.root('spec', 'signerName');

/**
 * The status endpoint of requests for pods: who changes anything there needs the verb `sign` on the request's signer. Asked once the
 * status itself is in order.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#pod-certificate-requests
 */
export function signerStorage(store: ResourceStore, strategy: Strategy, environment: PolicyEnvironment): RestStorage {
  const view = store.withStrategy(strategy);
  return {
    get: (ctx, name) => view.get(ctx, name),
    update: (ctx, name, request, options) => {
      const validate: ValidateObject = async (object, old) => {
        await checkSigner(ctx, object, old, environment);
        await options.validate?.(object, old);
      };
      return view.update(ctx, name, request, { ...options, validate, forceAllowCreate: false });
    },
  };
}

/** @throws StatusError Invalid */
async function checkSigner(
  { user }: RestContext,
  request: Readonly<KubeObject>,
  old: Readonly<KubeObject> | undefined,
  { security }: PolicyEnvironment,
): Promise<void> {
  if (security === undefined || jsonEqual(request['status'] ?? {}, old?.['status'] ?? {})) return;
  const signer = String(field(old, 'spec', 'signerName') ?? '');
  if (await maySpeakFor(security.access, user, 'sign', signer)) return;
  const text = `User ${goQuote(user.name)} is not permitted to "sign" for signer ${goQuote(signer)}`;
  const kind = { group: 'certificates.k8s.io', kind: 'PodCertificateRequest' };
  throw invalid(kind, request.metadata.name ?? '', [fieldForbidden(SIGNER, text)]);
}
