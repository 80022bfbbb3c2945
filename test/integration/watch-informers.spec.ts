import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { CONFIG_MAPS, informerStaysInSync, type TestedInformer, type Versions } from '../support/informer-story.js';

const RESTART_INFORMER_MS = 50;

informerStaysInSync('an informer of the official JavaScript client', startInformer);

async function startInformer(kubeconfig: string, port: number): Promise<TestedInformer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${port}` }));
  const api = config.makeApiClient(CoreV1Api);
  const told = new Map<string, string>();
  let lists = 0;
  let stopped = false;
  const informer = makeInformer<V1ConfigMap>(config, CONFIG_MAPS, () => {
    lists++;
    return api.listNamespacedConfigMap({ namespace: 'default' });
  });
  const take = ({ metadata }: V1ConfigMap): void => {
    told.set(metadata?.name ?? '', metadata?.resourceVersion ?? '');
  };
  informer.on('add', take);
  informer.on('update', take);
  informer.on('delete', ({ metadata }) => told.delete(metadata?.name ?? ''));
  // The client leaves it to whoever uses it to go on after a broken connection.
  const goOn = (): void => {
    if (!stopped) setTimeout(() => void informer.start().catch(goOn), RESTART_INFORMER_MS);
  };
  informer.on('error', goOn);
  await informer.start();
  return {
    state: async () => ({ held: versionsOf(informer.list()), told: Object.fromEntries(told), lists }),
    stop: async () => {
      stopped = true;
      await informer.stop();
    },
  };
}

function versionsOf(maps: readonly V1ConfigMap[]): Versions {
  return Object.fromEntries(
    maps.map(({ metadata }) => [metadata?.name ?? '', metadata?.resourceVersion ?? ''] as const),
  );
}
