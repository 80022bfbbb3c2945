import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../apimachinery/meta/json.js';
import type { CoreV1ResourceQuota } from '../../../apis/types.gen.js';
import { admit, KnownObjects, objectOf, pod, request } from '../../testing.js';
import { QuotaLedger } from './quota-ledger.js';
import { ResourceQuota } from './resource-quota.js';

type List = Record<string, string>;

/** Quotas of one namespace, written one at a time as a store would, with a rival who may be faster. */
class Quotas extends QuotaLedger {
  readonly objects = new KnownObjects();
  writes = 0;
  rival: ((quota: CoreV1ResourceQuota) => List | undefined) | undefined;

  set(name: string, hard: List, used: List, spec: JsonObject = {}): this {
    this.store(objectOf({ name, namespace: 'ns' }, { spec, status: { hard, used } }), '1');
    return this;
  }

  used(name: string): List | undefined {
    return this.objects.get<CoreV1ResourceQuota>('', 'resourcequotas', 'ns', name)?.status?.used;
  }

  override async write(quota: Readonly<CoreV1ResourceQuota>, used: List): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.writes++;
    const { name = '' } = quota.metadata;
    const stored = this.objects.get<CoreV1ResourceQuota>('', 'resourcequotas', 'ns', name)!;
    const rivals = this.rival?.(stored);
    if (rivals !== undefined) this.store(stored, String(Number(stored.metadata.resourceVersion) + 1), rivals);
    const now = this.objects.get('', 'resourcequotas', 'ns', name)!;
    if (now.metadata.resourceVersion !== quota.metadata.resourceVersion) return false;
    this.store(quota, String(Number(now.metadata.resourceVersion) + 1), used);
    return true;
  }

  private store(quota: Readonly<CoreV1ResourceQuota>, resourceVersion: string, used?: List): void {
    const status = { ...quota.status, ...(used && { used }) };
    this.objects.put('/resourcequotas', { ...quota, metadata: { ...quota.metadata, resourceVersion }, status });
  }
}

const config = (name: string) => objectOf({ name });
const create = (quotas: Quotas, path: string, object: JsonObject, more = {}) =>
  admit(new ResourceQuota(quotas.objects, quotas), request(path, object as never, more));

describe('ResourceQuota', () => {
  it('charges by name and by alias, and refuses what is too much', async () => {
    const quotas = new Quotas().set(
      'q',
      { 'count/configmaps': '1', configmaps: '2' },
      { 'count/configmaps': '0', configmaps: '0' },
    );
    await create(quotas, '/configmaps', config('a'));
    expect(quotas.used('q')).toEqual({ 'count/configmaps': '1', configmaps: '1' });
    await expect(create(quotas, '/configmaps', config('b'))).rejects.toThrow(
      'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    );
  });

  it('counts every kind under its qualified name, custom ones too, but no events', async () => {
    const name = 'count/widgets.example.com';
    const quotas = new Quotas().set('q', { [name]: '1', 'count/events': '0' }, { [name]: '0', 'count/events': '0' });
    await create(quotas, 'example.com/widgets', config('w'));
    await create(quotas, '/events', config('e'));
    expect(quotas.used('q')).toEqual({ [name]: '1', 'count/events': '0' });
  });

  it('charges all quotas or none', async () => {
    const quotas = new Quotas()
      .set('a', { secrets: '5' }, { secrets: '0' })
      .set('b', { secrets: '0' }, { secrets: '0' });
    await expect(create(quotas, '/secrets', config('s'))).rejects.toThrow('exceeded quota: b');
    expect([quotas.used('a'), quotas.writes]).toEqual([{ secrets: '0' }, 0]);
  });

  it('checks a dry run and charges nothing', async () => {
    const quotas = new Quotas().set('q', { secrets: '1' }, { secrets: '0' });
    await create(quotas, '/secrets', config('s'), { dryRun: true });
    expect(quotas.used('q')).toEqual({ secrets: '0' });
    quotas.set('q', { secrets: '1' }, { secrets: '1' });
    await expect(create(quotas, '/secrets', config('s'), { dryRun: true })).rejects.toThrow('exceeded');
  });

  it('waits for usage to be counted where it has limits, and not where it has none', async () => {
    await create(new Quotas().set('q', {}, {}), '/secrets', config('s'));
    await expect(create(new Quotas().set('q', { secrets: '1' }, {}), '/secrets', config('s'))).rejects.toThrow(
      'status unknown for quota: q, resources: secrets',
    );
  });

  it('adds up what pods ask for, and makes them ask', async () => {
    const zero = { 'requests.cpu': '0', 'limits.memory': '0', pods: '0' };
    const quotas = new Quotas().set('q', { 'requests.cpu': '1', 'limits.memory': '1Gi', pods: '5' }, zero);
    const asking = (cpu: string) =>
      pod({ containers: [{ name: 'c', resources: { requests: { cpu }, limits: { memory: '100Mi' } } }] });
    await create(quotas, '/pods', asking('600m'));
    expect(quotas.used('q')).toEqual({ 'requests.cpu': '600m', 'limits.memory': '100Mi', pods: '1' });
    await expect(create(quotas, '/pods', asking('500m'))).rejects.toThrow(
      'exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    await expect(create(quotas, '/pods', pod())).rejects.toThrow(
      'failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    );
  });

  it('keeps to the scopes of a quota', async () => {
    const scoped = (spec: JsonObject) => new Quotas().set('q', { pods: '0' }, { pods: '0' }, spec);
    const selector = (operator: string, values: string[]) =>
      scoped({ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } });
    await expect(create(scoped({ scopes: ['BestEffort'] }), '/pods', pod())).rejects.toThrow('exceeded');
    await create(scoped({ scopes: ['NotBestEffort'] }), '/pods', pod());
    await create(scoped({ scopes: ['Terminating'] }), '/pods', pod());
    await expect(
      create(scoped({ scopes: ['Terminating'] }), '/pods', pod({ activeDeadlineSeconds: 0 })),
    ).rejects.toThrow();
    await expect(create(selector('In', ['high']), '/pods', pod({ priorityClassName: 'high' }))).rejects.toThrow();
    await create(selector('In', ['high']), '/pods', pod({ priorityClassName: 'low' }));
    await expect(create(selector('NotIn', ['high']), '/pods', pod())).rejects.toThrow('exceeded');
  });

  it('charges updates by the difference, and gives back only what pods give back', async () => {
    const service = (type: string, ports: number) =>
      objectOf(
        { name: 's', resourceVersion: '7' },
        { spec: { type, ports: Array.from({ length: ports }, () => ({})) } },
      );
    const quotas = new Quotas().set(
      'q',
      { 'services.nodeports': '3', services: '1' },
      { 'services.nodeports': '1', services: '1' },
    );
    const oldObject = service('NodePort', 1);
    await create(quotas, '/services', service('NodePort', 3), { operation: 'UPDATE', oldObject });
    expect(quotas.used('q')).toEqual({ 'services.nodeports': '3', services: '1' });
    await create(quotas, '/services', oldObject, { operation: 'UPDATE', oldObject: service('NodePort', 3) });
    expect(quotas.used('q')).toEqual({ 'services.nodeports': '3', services: '1' });
  });

  it('counts storage of claims by class', async () => {
    const name = 'gold.storageclass.storage.k8s.io/requests.storage';
    const quotas = new Quotas().set(
      'q',
      { [name]: '5Gi', 'requests.storage': '9Gi' },
      { [name]: '0', 'requests.storage': '0' },
    );
    const claim = objectOf(
      { name: 'c' },
      { spec: { storageClassName: 'gold', resources: { requests: { storage: '4Gi' } } } },
    );
    await create(quotas, '/persistentvolumeclaims', claim);
    expect(quotas.used('q')).toEqual({ [name]: '4Gi', 'requests.storage': '4Gi' });
    await expect(create(quotas, '/persistentvolumeclaims', claim)).rejects.toThrow(`requested: ${name}=4Gi`);
  });

  it('has nothing to do in namespaces without quotas, on subresources, or outside namespaces', () => {
    const quotas = new Quotas().set('q', { pods: '1' }, { pods: '0' });
    const handles = (more: object) => new ResourceQuota(quotas.objects, quotas).handles(request('/pods', pod(), more));
    expect([
      handles({}),
      handles({ namespace: 'x' }),
      handles({ subresource: 'status' }),
      handles({ namespace: '' }),
    ]).toEqual([true, false, false, false]);
  });
});

describe('ResourceQuota under concurrency', () => {
  it('never spends more than there is, whoever else writes, and charges all that it lets in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 40 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (hard, requests, rivalTurns) => {
          const quotas = new Quotas().set('q', { secrets: String(hard) }, { secrets: '0' });
          let rivals = 0;
          quotas.rival = ({ status }) => {
            const used = Number(status?.used?.['secrets']);
            if (rivalTurns.pop() !== true || used >= hard) return undefined;
            rivals++;
            return { secrets: String(used + 1) };
          };
          const plugin = new ResourceQuota(quotas.objects, quotas);
          const outcomes = await Promise.allSettled(
            Array.from({ length: requests }, (_, i) => admit(plugin, request('/secrets', config(`s${i}`)))),
          );
          const admitted = outcomes.filter(({ status }) => status === 'fulfilled').length;
          expect(quotas.used('q')).toEqual({ secrets: String(admitted + rivals) });
          expect(admitted + rivals).toBeLessThanOrEqual(hard);
          expect(admitted).toBe(Math.min(requests, hard - rivals));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('charges many requests of one turn with one write', async () => {
    const quotas = new Quotas().set('q', { secrets: '100' }, { secrets: '0' });
    const plugin = new ResourceQuota(quotas.objects, quotas);
    await Promise.all(Array.from({ length: 50 }, (_, i) => admit(plugin, request('/secrets', config(`s${i}`)))));
    expect([quotas.writes, quotas.used('q')]).toEqual([1, { secrets: '50' }]);
  });

  it('gives up with a conflict where others are always faster', async () => {
    const quotas = new Quotas().set('q', { secrets: '100' }, { secrets: '0' });
    quotas.rival = ({ status }) => ({ secrets: status?.used?.['secrets'] ?? '' });
    await expect(create(quotas, '/secrets', config('s'))).rejects.toMatchObject({ code: 409 });
  });
});
