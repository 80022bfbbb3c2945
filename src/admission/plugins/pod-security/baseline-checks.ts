import type { CoreV1Container, CoreV1SELinuxOptions } from '../../../apis/types.gen.js';
import {
  type Check,
  type CheckPod,
  collect,
  containersOf,
  containersText,
  distinct,
  hasOwnUsers,
  namesWhere,
  plural,
  quoted,
  settersText,
} from './check.js';

const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

const CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_27 = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [
  ...SYSCTLS_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

const appArmor: CheckPod = (spec, { annotations = {} }) => {
  const wrong = (type: string | undefined): boolean =>
    type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const podType = spec.securityContext?.appArmorProfile?.type;
  const { names, values } = collect(spec, ({ securityContext }) => {
    const type = securityContext?.appArmorProfile?.type;
    return wrong(type) ? [type ?? ''] : [];
  });
  const marked = Object.keys(annotations).filter(
    (key) => key.startsWith(APP_ARMOR_PREFIX) && !/^(?:$|runtime\/default$|localhost\/)/.test(annotations[key] ?? ''),
  );
  const setters = [settersText(wrong(podType), names)].filter((text) => text !== '');
  if (marked.length > 0) setters.push(`${plural(marked.length, 'annotation')} ${quoted(marked.sort())}`);
  if (setters.length === 0) return undefined;
  const bad = distinct([
    ...values,
    ...(wrong(podType) ? [podType ?? ''] : []),
    ...marked.map((key) => annotations[key] ?? ''),
  ]);
  return {
    reason: plural(bad.length, 'forbidden AppArmor profile'),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(bad)}`,
  };
};

const capabilities: CheckPod = (spec) => {
  const { names, values } = collect(spec, ({ securityContext }) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !CAPABILITIES.has(name)),
  );
  if (names.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(names)} must not include ${quoted(values)} in securityContext.capabilities.add`,
  };
};

const hostNamespaces: CheckPod = (spec) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
};

const hostPaths: CheckPod = ({ volumes }) => {
  const names = (volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${quoted(names)}` };
};

const hostPorts: CheckPod = (spec) => {
  const { names, values } = collect(spec, ({ ports }) =>
    (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : [])),
  );
  if (names.length === 0) return undefined;
  const use = plural(names.length, 'uses', 'use');
  return {
    reason: 'hostPort',
    detail: `${containersText(names)} ${use} ${plural(values.length, 'hostPort')} ${values.join(', ')}`,
  };
};

const probeHosts: CheckPod = (spec) => {
  const { names, values } = collect(spec, ({ livenessProbe, readinessProbe, startupProbe, lifecycle }) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host): host is string => host !== undefined && host !== ''),
  );
  if (names.length === 0) return undefined;
  const use = plural(names.length, 'uses', 'use');
  const what = plural(values.length, 'probe or lifecycle host');
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(distinct(names))} ${use} ${what} ${quoted(values)}`,
  };
};

const privileged: CheckPod = (spec) => {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${containersText(names)} must not set securityContext.privileged=true` };
};

/** The masks over /proc stay. */
export const procMount: CheckPod = (spec) => {
  const { names, values } = collect(spec, ({ securityContext }) => {
    const mount = securityContext?.procMount;
    return mount === undefined || mount === 'Default' ? [] : [mount];
  });
  if (names.length === 0) return undefined;
  return {
    reason: 'procMount',
    detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(values)}`,
  };
};

const procMountUnlessOwnUsers: CheckPod = (spec, metadata) =>
  hasOwnUsers(spec) ? undefined : procMount(spec, metadata);

function seLinux(types: readonly string[]): CheckPod {
  return (spec) => {
    const given = (options: CoreV1SELinuxOptions | undefined): boolean =>
      options !== undefined && (!types.includes(options.type ?? '') || !!options.user || !!options.role);
    const pod = spec.securityContext?.seLinuxOptions;
    const own = ({ securityContext }: CoreV1Container): CoreV1SELinuxOptions | undefined =>
      securityContext?.seLinuxOptions;
    const names = namesWhere(spec, (container) => given(own(container)));
    const setters = settersText(given(pod), names);
    if (setters === '') return undefined;
    const all = [pod, ...containersOf(spec).map(own)].filter((options) => options !== undefined);
    const wrong = distinct(all.map(({ type = '' }) => type).filter((type) => !types.includes(type)));
    const faults = wrong.length > 0 ? [`${plural(wrong.length, 'type')} ${quoted(wrong)}`] : [];
    if (all.some(({ user }) => user)) faults.push('user may not be set');
    if (all.some(({ role }) => role)) faults.push('role may not be set');
    return {
      reason: 'seLinuxOptions',
      detail: `${setters} set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`,
    };
  };
}

/** Before there were fields. */
const seccompAnnotations: CheckPod = (spec, { annotations = {} }) => {
  const keys = [SECCOMP_POD, ...containersOf(spec).map(({ name }) => `${SECCOMP_CONTAINER_PREFIX}${name}`)];
  const wrong = distinct(keys).filter((key) => {
    const value = annotations[key];
    return value !== undefined && !/^(?:runtime\/default$|docker\/default$|localhost\/)/.test(value);
  });
  if (wrong.length === 0) return undefined;
  const listed = wrong.map((key) => `${key}=${JSON.stringify(annotations[key])}`).join(', ');
  return { reason: 'seccompProfile', detail: `forbidden ${plural(wrong.length, 'annotation')} ${listed}` };
};

/** A profile that is given must be a harmless one. */
export const seccompProfile: CheckPod = (spec) => {
  const pod = spec.securityContext?.seccompProfile?.type;
  const { names, values } = collect(spec, ({ securityContext }) => {
    const type = securityContext?.seccompProfile?.type;
    return isHarmlessSeccomp(type) ? [] : [type ?? ''];
  });
  const setters = settersText(!isHarmlessSeccomp(pod), names);
  if (setters === '') return undefined;
  const bad = distinct([...values, ...(isHarmlessSeccomp(pod) ? [] : [pod ?? ''])]);
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(bad)}`,
  };
};

function isHarmlessSeccomp(type: string | undefined): boolean {
  return type === undefined || type === 'RuntimeDefault' || type === 'Localhost';
}

function sysctls(allowed: readonly string[]): CheckPod {
  return ({ securityContext }) => {
    const names = (securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
  };
}

const hostProcess: CheckPod = (spec) => {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const setters = settersText(spec.securityContext?.windowsOptions?.hostProcess === true, names);
  if (setters === '') return undefined;
  return { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
};

/**
 * What the level baseline forbids, in the order of messages.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
export const BASELINE_CHECKS: readonly Check[] = [
  { id: 'appArmorProfile', since: [[0, appArmor]] },
  { id: 'capabilities_baseline', since: [[0, capabilities]] },
  { id: 'hostNamespaces', since: [[0, hostNamespaces]] },
  { id: 'hostPathVolumes', since: [[0, hostPaths]] },
  { id: 'hostPorts', since: [[0, hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', since: [[34, probeHosts]] },
  { id: 'privileged', since: [[0, privileged]] },
  {
    id: 'procMount',
    since: [
      [0, procMount],
      [35, procMountUnlessOwnUsers],
    ],
  },
  {
    id: 'seLinuxOptions',
    since: [
      [0, seLinux(SELINUX_TYPES)],
      [31, seLinux([...SELINUX_TYPES, 'container_engine_t'])],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    since: [
      [0, seccompAnnotations],
      [19, seccompProfile],
    ],
  },
  {
    id: 'sysctls',
    since: [
      [0, sysctls(SYSCTLS)],
      [27, sysctls(SYSCTLS_27)],
      [29, sysctls(SYSCTLS_29)],
      [32, sysctls(SYSCTLS_32)],
    ],
  },
  { id: 'windowsHostProcess', since: [[0, hostProcess]] },
];
