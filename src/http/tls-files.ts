import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readNamedFile } from '../config/complete.js';
import type { ServerOptions } from '../config/server-options.js';
import { StartError } from '../config/start-error.js';
import type { TlsMaterial } from './tls-server.js';

/**
 * Certificates and keys of the listener from the files that the options name.
 * @throws StartError for one that cannot be read or used, naming its flag
 */
export function readTlsMaterial(options: ServerOptions): TlsMaterial {
  const cert = readNamedFile('tls-cert-file', options.tlsCertFile);
  const key = readNamedFile('tls-private-key-file', options.tlsPrivateKeyFile);
  const optional = (flag: string, path: string): string => (path === '' ? '' : readCertificates(flag, path));
  checkPair(options, cert, key);
  return {
    cert,
    key,
    clientCa: optional('client-ca-file', options.clientCaFile),
    requestheaderClientCa: optional('requestheader-client-ca-file', options.requestheaderClientCaFile),
  };
}

function checkPair(options: ServerOptions, cert: string, key: string): void {
  const certificate = usable('tls-cert-file', options.tlsCertFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = usable('tls-private-key-file', options.tlsPrivateKeyFile, 'private key', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new StartError(
      `--tls-private-key-file: ${options.tlsPrivateKeyFile} is not the key of ${options.tlsCertFile}; give the two that belong together`,
    );
  }
}

function readCertificates(flag: string, path: string): string {
  const pem = readNamedFile(flag, path);
  usable(flag, path, 'certificate', () => new X509Certificate(pem));
  return pem;
}

function usable<T>(flag: string, path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new StartError(`--${flag}: ${path} holds no ${what} in PEM form`);
  }
}
