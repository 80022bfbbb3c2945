import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

/** A TLS connection whose bytes the test writes itself. */
export async function openTls(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  return socket;
}

/** What comes until the other side ends, or the time is up. */
export function readAll(socket: TLSSocket, timeoutMs: number): Promise<{ text: string; ended: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    const done = (ended: boolean) => {
      clearTimeout(timer);
      socket.off('data', take);
      resolve({ text, ended });
    };
    const timer = setTimeout(() => done(false), timeoutMs);
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
    };
    socket.on('data', take);
    socket.once('end', () => done(true));
    socket.once('close', () => done(true));
    socket.once('error', () => done(true));
  });
}
