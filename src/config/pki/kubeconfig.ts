/** What a kubeconfig says. Certificates and keys are PEM. */
export interface KubeconfigContent {
  readonly server: string;
  readonly caCert: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

/** A kubeconfig (YAML) for one user of one server. */
export function formatKubeconfig({ server, caCert, clientCert, clientKey }: KubeconfigContent): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: kubenest
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(caCert)}
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${base64(clientCert)}
    client-key-data: ${base64(clientKey)}
contexts:
- name: kubenest
  context:
    cluster: kubenest
    user: kubernetes-admin
current-context: kubenest
preferences: {}
`;
}
