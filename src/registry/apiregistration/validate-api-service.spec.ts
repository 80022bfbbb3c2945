import { describe, expect, it } from 'vitest';
import { LOOPBACK_USER } from '../../apimachinery/meta/user-info.js';
import { internalContext } from '../rest/context.js';
import type { ApiService, ApiServiceSpec } from './api-service.js';
import { ApiServiceStatusStrategy, ApiServiceStrategy, defaultApiService } from './api-service.strategy.js';
import { validateApiService, validateApiServiceStatus } from './validate-api-service.js';

function service(spec: Partial<ApiServiceSpec>, name = 'v1.sea.example.com'): ApiService {
  const given = { group: 'sea.example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, ...spec };
  return { metadata: { name }, spec: given };
}

const check = (object: ApiService): string[] => validateApiService(object).map((e) => `${e.field}: ${e.message}`);
const ctx = internalContext(LOOPBACK_USER, '');

describe('APIService', () => {
  it('is named version.group', () => {
    expect(check(service({}))).toEqual([]);
    expect(check(service({ group: '', version: 'v2' }, 'v1.'))).toEqual([
      'metadata.name: Invalid value: "v1.": must be `spec.version+"."+spec.group`: "v2."',
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
    ]);
  });

  it('has priorities within their ranges', () => {
    expect(check(service({ groupPriorityMinimum: 0, versionPriority: 1001 }))).toEqual([
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
    ]);
  });

  it('has TLS settings only with a service, and only one kind of them', () => {
    expect(check(service({ caBundle: 'AAAA', insecureSkipTLSVerify: true }))).toEqual([
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ]);
    const remote = { service: { port: 70000 }, caBundle: 'AAAA', insecureSkipTLSVerify: true };
    expect(check(service(remote))).toEqual([
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ]);
  });

  it('is available at once when it is local, and unknown when it is not', () => {
    const strategy = new ApiServiceStrategy(() => 0);
    const local = service({});
    strategy.prepareForCreate(ctx, local);
    expect(local.status?.conditions).toEqual([
      {
        type: 'Available',
        status: 'True',
        lastTransitionTime: '1970-01-01T00:00:00Z',
        reason: 'Local',
        message: 'Local APIServices are always available',
      },
    ]);
    const remote = service({ service: { namespace: 'n', name: 's' } });
    defaultApiService(remote);
    strategy.prepareForCreate(ctx, remote);
    expect(remote).toMatchObject({ status: {}, spec: { service: { port: 443 } } });
    expect(remote.status?.conditions).toBeUndefined();
  });

  it('takes only known condition statuses, and no labels, through its status endpoint', () => {
    const faulty: ApiService = { ...service({}), status: { conditions: [{ type: 'A', status: 'Maybe' }] } };
    expect(validateApiServiceStatus(faulty)[0]?.message).toBe(
      'Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
    );
    const status = new ApiServiceStatusStrategy(new ApiServiceStrategy(() => 0));
    const changed = {
      ...service({ versionPriority: 9 }),
      metadata: { name: 'v1.sea.example.com', labels: { a: 'b' } },
    };
    status.prepareForUpdate(ctx, changed, service({}));
    expect(changed.metadata.labels).toBeUndefined();
    expect(changed.spec.versionPriority).toBe(10);
  });
});
