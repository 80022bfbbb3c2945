import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../apimachinery/meta/json.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { PodSecurity } from './pod-security.js';
import { DEFAULT_POLICY } from './policy.js';

const PREFIX = 'pod-security.kubernetes.io/';
const labelled = (labels: Record<string, string>, name = 'ns') =>
  objectOf({
    name,
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${PREFIX}${key}`, value])),
  });
const inNamespace = (labels: Record<string, string>) => new KnownObjects().put('/namespaces', labelled(labels));
const admitted = async (labels: Record<string, string>, spec: JsonObject, metadata = {}) => {
  const seen = request('/pods', pod(spec, metadata));
  await admit(new PodSecurity(inNamespace(labels)), seen);
  return seen;
};
const GOOD = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const restricted = (more: JsonObject = {}, own: JsonObject = {}) => ({
  containers: [{ name: 'c', image: 'i', securityContext: { ...GOOD, ...own } }],
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  ...more,
});

describe('PodSecurity', () => {
  it('refuses what the enforced level forbids, with every reason in order', async () => {
    const spec = {
      hostPID: true,
      volumes: [{ name: 'h', hostPath: { path: '/' } }],
      containers: [
        {
          name: 'a',
          securityContext: { privileged: true, procMount: 'Unmasked' },
          ports: [{ hostPort: 90 }, { hostPort: 80 }],
        },
        { name: 'b', securityContext: { capabilities: { add: ['NET_ADMIN', 'CHOWN'] } } },
      ],
    };
    await expect(admitted({ enforce: 'baseline' }, spec)).rejects.toThrow(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities (container "b" must not include "NET_ADMIN" in securityContext.capabilities.add), host namespaces (hostPID=true), hostPath volumes (volume "h"), hostPort (container "a" uses hostPorts 80, 90), privileged (container "a" must not set securityContext.privileged=true), procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    );
  });

  it('warns instead, audits, and warns of what is enforced where nothing else is asked', async () => {
    const seen = await admitted({ warn: 'restricted', audit: 'baseline' }, { hostNetwork: true });
    expect(seen.warnings[0]).toMatch(
      /^would violate PodSecurity "restricted:latest": host namespaces \(hostNetwork=true\), allow/,
    );
    expect(seen.notes[`${PREFIX}audit-violations`]).toBe(
      'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    );
    const template = { spec: { containers: [], hostNetwork: true } };
    const deployment = request('apps/deployments', objectOf({ name: 'd' }, { spec: { template } }));
    await admit(new PodSecurity(inNamespace({ enforce: 'baseline' })), deployment);
    expect(deployment.warnings).toEqual([
      'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    ]);
  });

  it('says what a restricted pod lacks', async () => {
    await expect(admitted({ enforce: 'restricted' }, {})).rejects.toThrow(
      '"restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    await admitted({ enforce: 'restricted' }, restricted());
    await expect(
      admitted({ enforce: 'restricted' }, restricted({ volumes: [{ name: 'v', nfs: {} }] })),
    ).rejects.toThrow('restricted volume types (volume "v" uses restricted volume type "nfs")');
    await expect(admitted({ enforce: 'restricted' }, restricted({}, { runAsUser: 0 }))).rejects.toThrow(
      'runAsUser=0 (container "c" must not set runAsUser=0)',
    );
  });

  it('means by a version what that version meant', async () => {
    const sysctls = (name: string) => ({ securityContext: { sysctls: [{ name, value: '1' }] } });
    const at = (version: string) => ({ enforce: 'baseline', 'enforce-version': version });
    await admitted(at('v1.32'), sysctls('net.ipv4.tcp_rmem'));
    await expect(admitted(at('v1.31'), sysctls('net.ipv4.tcp_rmem'))).rejects.toThrow(
      'violates PodSecurity "baseline:v1.31": forbidden sysctls (net.ipv4.tcp_rmem)',
    );
    const old = { enforce: 'restricted', 'enforce-version': 'v1.7' };
    await admitted(old, { securityContext: { runAsNonRoot: true } });
    await admitted({ enforce: 'restricted' }, { os: { name: 'windows' }, securityContext: { runAsNonRoot: true } });
    const unmasked = { hostUsers: false, containers: [{ name: 'c', securityContext: { procMount: 'Unmasked' } }] };
    await admitted({ enforce: 'baseline' }, unmasked);
    await expect(admitted(at('v1.34'), unmasked)).rejects.toThrow('procMount');
  });

  it('looks at updates of pods that bring new images', async () => {
    const plugin = new PodSecurity(inNamespace({ enforce: 'restricted' }));
    const update = (image: string) =>
      request('/pods', pod({ containers: [{ name: 'c', image }] }), { operation: 'UPDATE', oldObject: pod() });
    await admit(plugin, update('i'));
    await expect(admit(plugin, update('j'))).rejects.toThrow('violates');
  });

  it('exempts users, namespaces and runtime classes', async () => {
    const exemptions = { usernames: ['ann'], namespaces: ['sys'], runtimeClasses: ['vm'] };
    const objects = inNamespace({ enforce: 'restricted' }).put(
      '/namespaces',
      labelled({ enforce: 'restricted' }, 'sys'),
    );
    const plugin = new PodSecurity(objects, { defaults: DEFAULT_POLICY, exemptions });
    const user = { name: 'ann', uid: '', groups: [], extra: {} };
    for (const seen of [
      request('/pods', pod(), { user }),
      request('/pods', pod(), { namespace: 'sys' }),
      request('/pods', pod({ runtimeClassName: 'vm' })),
    ]) {
      await admit(plugin, seen);
      expect(Object.keys(seen.notes)).toEqual([`${PREFIX}exempt`]);
    }
    await expect(admit(plugin, request('/pods', pod()))).rejects.toThrow('violates');
  });

  it('does not care for pods of namespaces that ask for nothing, nor for doors that change no spec', () => {
    expect(new PodSecurity(inNamespace({})).handles(request('/pods', pod()))).toBe(false);
    const strict = new PodSecurity(inNamespace({ enforce: 'baseline' }));
    expect(strict.handles(request('/pods', pod(), { subresource: 'status', operation: 'UPDATE' }))).toBe(false);
    expect(strict.handles(request('/configmaps', objectOf({})))).toBe(false);
  });
});

describe('PodSecurity of namespaces', () => {
  const update = async (to: Record<string, string>, from: Record<string, string>, objects = new KnownObjects()) => {
    const seen = request('/namespaces', labelled(to), { operation: 'UPDATE', oldObject: labelled(from) });
    await admit(new PodSecurity(objects), seen);
    return seen.warnings;
  };

  it('refuses labels that mean nothing, unless they were there before', async () => {
    const create = request('/namespaces', labelled({ enforce: 'strict', 'warn-version': '1.2' }));
    await expect(admit(new PodSecurity(new KnownObjects()), create)).rejects.toThrow(
      '[metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
    );
    await update({ enforce: 'strict' }, { enforce: 'strict' });
    await expect(update({ enforce: 'strict' }, {})).rejects.toMatchObject({ code: 422 });
  });

  it('tells of the pods that would not be let in any more', async () => {
    const objects = new KnownObjects()
      .put('/pods', pod({ hostPID: true }, { name: 'b' }))
      .put('/pods', pod({ hostPID: true }, { name: 'a' }))
      .put('/pods', pod({ hostPID: true, volumes: [{ name: 'v', hostPath: {} }] }, { name: 'c' }))
      .put('/pods', pod({}, { name: 'd' }));
    expect(await update({ enforce: 'baseline' }, {}, objects)).toEqual([
      'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): host namespaces',
      'c: host namespaces, hostPath volumes',
    ]);
    expect(await update({ enforce: 'baseline' }, { enforce: 'restricted' }, objects)).toEqual([]);
  });
});
