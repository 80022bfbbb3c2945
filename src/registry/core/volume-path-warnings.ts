import type { CoreV1Volume, CoreV1VolumeProjection } from '../../apis/types.gen.js';

/** Warns of volumes whose files stand in each other's way. @see https://kubernetes.io/docs/concepts/storage/projected-volumes/ */

interface PlacedFile {
  readonly path: string;
  /** What writes the file, where a volume has several sources. */
  readonly source: string;
}

export function warnOverlaps(volumes: readonly CoreV1Volume[], out: string[]): void {
  for (const volume of volumes) {
    const { name = '', configMap, secret, downwardAPI, projected } = volume;
    const warn = (kind: string, text: string): number =>
      out.push(`volume ${JSON.stringify(name)} (${kind}): overlapping paths: ${text}`);
    const check = (kind: string, items: readonly { path?: string }[] | undefined): void => {
      for (const text of overlapsIn(filesOf(items, ''))) warn(kind, text);
    };
    if (configMap) check(`ConfigMap ${JSON.stringify(configMap.name ?? '')}`, configMap.items);
    if (secret) check(`Secret ${JSON.stringify(secret.secretName ?? '')}`, secret.items);
    if (downwardAPI) check('DownwardAPI', downwardAPI.items);
    if (!projected) continue;
    for (const source of projected.sources ?? []) {
      if (Object.keys(source).length === 0) {
        out.push(`volume ${JSON.stringify(name)} (Projected) has no sources provided`);
      }
    }
    for (const text of overlapsIn((projected.sources ?? []).flatMap(projectedFiles))) warn('Projected', text);
  }
}

function filesOf(items: readonly { path?: string }[] | undefined, source: string): PlacedFile[] {
  return (items ?? []).map(({ path = '' }) => ({ path: path.replace(/\/+$/, ''), source }));
}

function projectedFiles(source: CoreV1VolumeProjection): PlacedFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (configMap?.items) return filesOf(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items) return filesOf(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items) return filesOf(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return filesOf([serviceAccountToken], 'ServiceAccountToken');
  if (clusterTrustBundle) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '';
    return filesOf([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(name)}`);
  }
  const { certificateChainPath: chain, keyPath: key, credentialBundlePath: bundle } = podCertificate ?? {};
  return [
    ...(chain ? filesOf([{ path: chain }], 'PodCertificate chain') : []),
    ...(key ? filesOf([{ path: key }], 'PodCertificate key') : []),
    ...(bundle ? filesOf([{ path: bundle }], 'PodCertificate credential bundle') : []),
  ];
}

/** Two files of one path, or one where another needs a folder. */
function overlapsIn(files: readonly PlacedFile[]): string[] {
  return files.flatMap((file, i) =>
    files
      .slice(0, i)
      .filter((other) => overlap(file.path, other.path))
      .map((other) => `${shown(file)} with ${shown(other)}`),
  );
}

function overlap(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function shown({ path, source }: PlacedFile): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
