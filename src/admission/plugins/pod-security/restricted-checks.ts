import type { CoreV1Volume } from '../../../apis/types.gen.js';
import { procMount, seccompProfile } from './baseline-checks.js';
import {
  type Check,
  type CheckPod,
  collect,
  containersText,
  distinct,
  hasOwnUsers,
  namesWhere,
  plural,
  quoted,
  settersText,
} from './check.js';

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;
const KNOWN_VOLUMES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'portworxVolume',
  'photonPersistentDisk',
  'scaleIO',
  'storageos',
] as const;

const privilegeEscalation: CheckPod = (spec) => {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
};

const capabilities: CheckPod = (spec) => {
  const keeping = namesWhere(
    spec,
    ({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes('ALL'),
  );
  const { names: adding, values } = collect(spec, ({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE'),
  );
  const details: string[] = [];
  if (keeping.length > 0) {
    details.push(`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    details.push(`${containersText(adding)} must not include ${quoted(values)} in securityContext.capabilities.add`);
  }
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const volumeTypes: CheckPod = ({ volumes }) => {
  const wrong = (volumes ?? []).filter((volume) => ALLOWED_VOLUMES.every((type) => volume[type] === undefined));
  if (wrong.length === 0) return undefined;
  const types = distinct(wrong.map(typeOf));
  const use = plural(wrong.length, 'uses', 'use');
  const names = quoted(wrong.map(({ name }) => name));
  const what = plural(types.length, 'restricted volume type');
  return {
    reason: 'restricted volume types',
    detail: `${plural(wrong.length, 'volume')} ${names} ${use} ${what} ${quoted(types)}`,
  };
};

function typeOf(volume: CoreV1Volume): string {
  return KNOWN_VOLUMES.find((type) => volume[type] !== undefined) ?? 'unknown';
}

const runAsNonRoot: CheckPod = (spec) => {
  const pod = spec.securityContext?.runAsNonRoot;
  const reason = 'runAsNonRoot != true';
  const chosen = settersText(
    pod === false,
    namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false),
  );
  if (chosen !== '') return { reason, detail: `${chosen} must not set securityContext.runAsNonRoot=false` };
  const silent =
    pod === true ? [] : namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: CheckPod = (spec) => {
  const setters = settersText(
    spec.securityContext?.runAsUser === 0,
    namesWhere(spec, ({ securityContext }) => securityContext?.runAsUser === 0),
  );
  return setters === '' ? undefined : { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
};

const seccomp: CheckPod = (spec, metadata) => {
  const given = seccompProfile(spec, metadata);
  if (given !== undefined || spec.securityContext?.seccompProfile !== undefined) return given;
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (names.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${containersText(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
};

/** Windows knows nothing of what these are about. */
const unlessWindows =
  (check: CheckPod): CheckPod =>
  (spec, metadata) =>
    spec.os?.name === 'windows' ? undefined : check(spec, metadata);

const unlessOwnUsers =
  (check: CheckPod): CheckPod =>
  (spec, metadata) =>
    hasOwnUsers(spec) ? undefined : check(spec, metadata);

/**
 * What the level restricted forbids beyond baseline, in the order of messages.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const RESTRICTED_CHECKS: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    since: [
      [8, privilegeEscalation],
      [25, unlessWindows(privilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    since: [
      [22, capabilities],
      [25, unlessWindows(capabilities)],
    ],
    overrides: ['capabilities_baseline'],
  },
  { id: 'procMount_restricted', since: [[35, procMount]], overrides: ['procMount'] },
  { id: 'restrictedVolumes', since: [[0, volumeTypes]], overrides: ['hostPathVolumes'] },
  {
    id: 'runAsNonRoot',
    since: [
      [0, runAsNonRoot],
      [35, unlessOwnUsers(runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    since: [
      [23, runAsUser],
      [35, unlessOwnUsers(runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    since: [
      [19, seccomp],
      [25, unlessWindows(seccomp)],
    ],
    overrides: ['seccompProfile_baseline'],
  },
];
