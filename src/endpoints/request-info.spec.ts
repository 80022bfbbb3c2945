import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRequestInfo } from './request-info.js';

function resolve(method: string, url: string) {
  const [path, query] = url.split('?') as [string, string | undefined];
  const { verb, group, version, namespace, resource, subresource, name, isResourceRequest, parts } = resolveRequestInfo(
    method,
    path,
    () => new URLSearchParams(query),
  );
  return { isResourceRequest, text: [verb, group, version, namespace, resource, subresource, name].join('|'), parts };
}

describe('resolveRequestInfo', () => {
  const resources: [string, string, string][] = [
    ['GET', '/api/v1/pods', 'list||v1||pods||'],
    ['GET', '/api/v1/pods?watch=true', 'watch||v1||pods||'],
    ['GET', '/api/v1/pods?watch=1', 'watch||v1||pods||'],
    ['GET', '/api/v1/pods?watch=', 'watch||v1||pods||'],
    ['GET', '/api/v1/pods?watch=False', 'list||v1||pods||'],
    ['GET', '/api/v1/pods?watch=0', 'list||v1||pods||'],
    ['GET', '/api/v1/namespaces', 'list||v1||namespaces||'],
    ['GET', '/api/v1/namespaces/other', 'get||v1|other|namespaces||other'],
    ['GET', '/api/v1/namespaces/other?watch=true', 'get||v1|other|namespaces||other'],
    ['PUT', '/api/v1/namespaces/other/status', 'update||v1|other|namespaces|status|other'],
    ['PUT', '/api/v1/namespaces/other/finalize', 'update||v1|other|namespaces|finalize|other'],
    ['GET', '/api/v1/namespaces/other/pods', 'list||v1|other|pods||'],
    ['HEAD', '/api/v1/namespaces/other/pods/p', 'get||v1|other|pods||p'],
    ['GET', '/api/v1/namespaces/other/pods/p/log', 'get||v1|other|pods|log|p'],
    ['GET', '/api/v1/namespaces/other/pods/p/proxy/a/b', 'get||v1|other|pods|proxy|p'],
    ['POST', '/api/v1/namespaces/other/pods', 'create||v1|other|pods||'],
    ['PATCH', '/apis/apps/v1/namespaces/n/deployments/d/scale', 'patch|apps|v1|n|deployments|scale|d'],
    ['DELETE', '/apis/apps/v1/namespaces/n/deployments/d', 'delete|apps|v1|n|deployments||d'],
    ['DELETE', '/apis/apps/v1/namespaces/n/deployments', 'deletecollection|apps|v1|n|deployments||'],
    ['OPTIONS', '/api/v1/pods', '||v1||pods||'],
    ['GET', '/api/v1/watch/pods', 'watch||v1||pods||'],
    ['GET', '/api/v1/watch/namespaces/n/pods/p', 'watch||v1|n|pods||p'],
    ['GET', '/api/v1/proxy/namespaces/n/pods/p/x', 'proxy||v1|n|pods||p'],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/', 'list|rbac.authorization.k8s.io|v1||clusterroles||'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Done', 'list||v1||pods||one'],
    ['GET', '/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dx,metadata.name%3D%3Done', 'watch||v1||pods||one'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Done', 'list||v1||pods||'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Da%2Fb', 'list||v1||pods||'],
    ['GET', '/api/v1/pods?fieldSelector=nonsense', 'list||v1||pods||'],
  ];
  it.each(resources)('%s %s is %s', (method, url, expected) => {
    expect(resolve(method, url)).toMatchObject({ isResourceRequest: true, text: expected });
  });

  const others: [string, string, string][] = [
    ['GET', '/', 'get'],
    ['GET', '/api', 'get'],
    ['GET', '/api/v1', 'get'],
    ['GET', '/apis/apps', 'get'],
    ['POST', '/apis/apps/v1', 'post'],
    ['GET', '/healthz/ping/more', 'get'],
    ['DELETE', '/swaggerapi', 'delete'],
  ];
  it.each(others)('%s %s is no resource request', (method, url, verb) => {
    expect(resolve(method, url)).toMatchObject({ isResourceRequest: false, text: `${verb}||||||` });
  });

  it('keeps the segments from the resource on', () => {
    expect(resolve('GET', '/api/v1/namespaces/n/pods/p/proxy/a/b').parts).toEqual(['pods', 'p', 'proxy', 'a', 'b']);
    expect(resolve('GET', '/api/v1/namespaces/n').parts).toEqual(['namespaces', 'n']);
  });

  it('refuses a legacy prefix with nothing behind it', () => {
    expect(() => resolve('GET', '/api/v1/watch')).toThrow('unable to determine kind and namespace from url');
  });

  it('answers any path, and a resource request always names a version', () => {
    const segment = fc.constantFrom('', 'api', 'apis', 'v1', 'namespaces', 'n', 'pods', 'p', 'status', 'apps');
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 9 }), fc.constantFrom('GET', 'PUT', 'DELETE'), (parts, method) => {
        const info = resolveRequestInfo(method, `/${parts.join('/')}`, () => new URLSearchParams());
        expect(typeof info.resource).toBe('string');
        if (info.isResourceRequest) expect(info.parts.length).toBeGreaterThan(0);
        else expect(info.parts).toEqual([]);
      }),
    );
  });
});
