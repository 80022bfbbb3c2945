import { entriesOf } from '../../../apimachinery/validation/entries-of.js';
import type { CoreV1Container, CoreV1PodSpec, CoreV1ServiceAccount } from '../../../apis/types.gen.js';

/** What is referred to, as the API writes it, and why that is refused. */
const refusal = (reference: string, account: string, what: string): string =>
  `${reference} is not allowed because service account ${account} does not reference that ${what}`;

/**
 * The first reference to a secret that the account does not list, as the refusal says it. Only for accounts that ask for it.
 * @param ephemeralOnly an update that can only add ephemeral containers
 * @see https://kubernetes.io/docs/concepts/security/service-accounts/#enforce-mountable-secrets
 */
export function secretFault(
  spec: CoreV1PodSpec,
  { metadata: { name: account = '' }, secrets = [], imagePullSecrets = [] }: Readonly<CoreV1ServiceAccount>,
  ephemeralOnly: boolean,
): string | undefined {
  const listed = new Set(secrets.map(({ name }) => name));
  const inContainers = (kind: string, containers: readonly CoreV1Container[] | null | undefined): string | undefined =>
    containerFault(kind, containers ?? [], listed, account);
  if (ephemeralOnly) return inContainers('ephemeral container', spec.ephemeralContainers);
  for (const { secret } of spec.volumes ?? []) {
    const name = secret?.secretName;
    if (name === undefined || listed.has(name)) continue;
    return refusal(`volume with secret.secretName=${JSON.stringify(name)}`, account, 'secret');
  }
  const fault = inContainers('init container', spec.initContainers) ?? inContainers('container', spec.containers);
  if (fault !== undefined) return fault;
  const pullable = new Set(imagePullSecrets.map(({ name }) => name));
  for (const [i, { name }] of entriesOf(spec.imagePullSecrets)) {
    if (pullable.has(name)) continue;
    return refusal(`imagePullSecrets[${i}].name=${JSON.stringify(name)}`, account, 'imagePullSecret');
  }
  return undefined;
}

function containerFault(
  kind: string,
  containers: readonly CoreV1Container[],
  listed: ReadonlySet<string | undefined>,
  account: string,
): string | undefined {
  for (const { name, env = [], envFrom = [] } of containers) {
    for (const variable of env) {
      const secret = variable.valueFrom?.secretKeyRef?.name;
      if (secret === undefined || listed.has(secret)) continue;
      const reference = `${kind} ${name} with envVar ${variable.name} referencing secret.secretName=${JSON.stringify(secret)}`;
      return refusal(reference, account, 'secret');
    }
    for (const { secretRef } of envFrom) {
      const secret = secretRef?.name;
      if (secret === undefined || listed.has(secret)) continue;
      return refusal(
        `${kind} ${name} with envFrom referencing secret.secretName=${JSON.stringify(secret)}`,
        account,
        'secret',
      );
    }
  }
  return undefined;
}
