import type {
  CoreV1Container,
  CoreV1LocalObjectReference,
  CoreV1Pod,
  CoreV1PodSpec,
  CoreV1ServiceAccount,
  CoreV1Volume,
} from '../../../apis/types.gen.js';
import type { AdmissionAttributes, AdmissionPlugin } from '../../admission.js';
import type { ObjectLookup } from '../../object-lookup.js';
import { refused } from '../../refusal.js';
import { secretFault } from './secret-references.js';

const DEFAULT_ACCOUNT = 'default';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const ENFORCE_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const ROOT_CERTIFICATES = 'kube-root-ca.crt';
/** An hour, and some seconds that tell tokens of this volume from others. */
const TOKEN_SECONDS = 3607;

/**
 * Every pod runs as an account of its namespace, with a token of it where the API is expected to be used.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
 */
export class ServiceAccount implements AdmissionPlugin {
  readonly name = 'ServiceAccount';

  constructor(
    private readonly objects: ObjectLookup,
    /** Five random characters that may end a name. */
    private readonly suffix: () => string,
  ) {}

  handles({ operation, resource, subresource }: AdmissionAttributes): boolean {
    if (resource.resource !== 'pods' || resource.group !== '') return false;
    return subresource === ''
      ? operation === 'CREATE'
      : subresource === 'ephemeralcontainers' && operation === 'UPDATE';
  }

  mutate(attributes: AdmissionAttributes): void {
    if (attributes.subresource !== '') return;
    const pod = attributes.object as CoreV1Pod;
    const { spec } = pod;
    // The kubelet deletes a mirror pod that is not as it made it.
    if (spec === undefined || isMirror(pod)) return;
    const name = spec.serviceAccountName || DEFAULT_ACCOUNT;
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = this.accountOf(attributes, name);
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) this.mountToken(spec);
    if ((spec.imagePullSecrets ?? []).length === 0) copyPullSecrets(spec, account.imagePullSecrets ?? []);
  }

  validate(attributes: AdmissionAttributes): void {
    const pod = attributes.object as CoreV1Pod;
    const { spec = { containers: null } } = pod;
    if (isMirror(pod)) {
      const text = mirrorFault(spec);
      if (text !== undefined) throw refused(attributes, text);
      return;
    }
    const name = spec.serviceAccountName ?? '';
    if (name === '') {
      // Pods of a time without accounts may still be looked into.
      if (attributes.subresource !== '') return;
      throw refused(
        attributes,
        `no service account specified for pod ${attributes.namespace}/${pod.metadata.name ?? ''}`,
      );
    }
    const account = this.accountOf(attributes, name);
    if (account.metadata.annotations?.[ENFORCE_ANNOTATION] !== 'true') return;
    const fault = secretFault(spec, account, attributes.subresource !== '');
    if (fault !== undefined) throw refused(attributes, fault);
  }

  private accountOf(attributes: AdmissionAttributes, name: string): Readonly<CoreV1ServiceAccount> {
    const { namespace } = attributes;
    const account = this.objects.get<CoreV1ServiceAccount>('', 'serviceaccounts', namespace, name);
    if (account !== undefined) return account;
    const text = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw refused(attributes, text);
  }

  private mountToken(spec: CoreV1PodSpec): void {
    const volumes = spec.volumes ?? [];
    const present = volumes.find(({ name }) => name.startsWith(VOLUME_PREFIX));
    const name = present?.name ?? `${VOLUME_PREFIX}${this.suffix()}`;
    let mounted = false;
    for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      if (mountsToken(container)) continue;
      container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_PATH }];
      mounted = true;
    }
    if (mounted && present === undefined) spec.volumes = [...volumes, tokenVolume(name)];
  }
}

function mountsToken({ volumeMounts }: CoreV1Container): boolean {
  return (volumeMounts ?? []).some(({ mountPath }) => mountPath === TOKEN_PATH);
}

function copyPullSecrets(spec: CoreV1PodSpec, secrets: readonly CoreV1LocalObjectReference[]): void {
  if (secrets.length > 0) spec.imagePullSecrets = secrets.map((secret) => ({ ...secret }));
}

/** Token, certificates to trust and namespace: what a client in a pod looks for. Complete with the defaults of its parts. */
function tokenVolume(name: string): CoreV1Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: ROOT_CERTIFICATES, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

function isMirror({ metadata }: CoreV1Pod): boolean {
  return metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

/** A mirror pod only shows what runs on its node anyway: nothing of the API may flow into it. */
function mirrorFault({ serviceAccountName, volumes = [] }: CoreV1PodSpec): string | undefined {
  if (serviceAccountName) return 'a mirror pod may not reference service accounts';
  if (volumes.some(({ secret }) => secret !== undefined)) return 'a mirror pod may not reference secrets';
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined)) {
    return 'a mirror pod may not use ServiceAccountToken volume projections';
  }
  return undefined;
}
