import { StartError } from '../../config/start-error.js';
import { readKubeconfig } from './kubeconfig.js';
import { RemoteCluster } from './remote-cluster.js';

/** The server that a flag's kubeconfig leads to; connects when first asked. @throws StartError naming flag and file */
export function openRemoteCluster(flag: string, path: string): RemoteCluster {
  try {
    return new RemoteCluster(readKubeconfig(path));
  } catch (error) {
    throw new StartError(`--${flag} ${path}: ${(error as Error).message}`, { cause: error });
  }
}
