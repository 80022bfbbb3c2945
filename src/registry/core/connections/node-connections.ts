import type { PolicyEnvironment } from '../../kind-policy.js';
import type { SubresourceDefinition } from '../../resource-definition.js';
import type { Connection } from '../../rest/storage.js';
import { kubeletLocation } from './kubelet-location.js';
import { PROXY_METHODS, proxyOptions } from './pod-connections.js';
import { requireProxyable, targetNameOf, urlOf } from './target-names.js';

/** The proxy of nodes leads to the kubelet's own pages, or to another port of the node. */
export function nodeConnections(environment: PolicyEnvironment): SubresourceDefinition[] {
  const proxy: Connection = {
    type: 'proxy',
    methods: PROXY_METHODS,
    options: proxyOptions('NodeProxyOptions'),
    locate: async (_ctx, id, { path, search }) => {
      const { scheme, name, port } = targetNameOf(id, 'node');
      const kubelet = await kubeletLocation(environment, name);
      await requireProxyable(kubelet.host);
      const target = path + search;
      if (port === '' || port === String(kubelet.port)) {
        return { url: urlOf('https', kubelet.host, kubelet.port, target), via: 'kubelet' };
      }
      return { url: urlOf(scheme, kubelet.host, port, target), via: 'network' };
    },
  };
  return [{ name: 'proxy', storage: { connection: proxy } }];
}
