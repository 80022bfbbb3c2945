/** The Kubernetes release whose API this server serves. */
export const KUBERNETES_VERSION = { major: '1', minor: '37', patch: '2' } as const;

/** Our own release, as in package.json. */
export const KUBENEST_VERSION = '0.1.0';

/** What `/version` tells: field names and order as clients know them. */
export function versionInfo() {
  const { major, minor, patch } = KUBERNETES_VERSION;
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: `v${major}.${minor}.${patch}+kubenest.${KUBENEST_VERSION}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'v8',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
