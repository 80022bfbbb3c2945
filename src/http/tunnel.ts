import type { Duplex } from 'node:stream';

/**
 * Passes bytes on both ways, no faster than each side takes them. When one side ends, what it sent is handed over and both are closed,
 * as upstream does: protocols that are tunnelled have no half-open state.
 * @returns ends both sides
 */
export function tunnel(client: Duplex, server: Duplex): () => void {
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  if (client.destroyed || server.destroyed) {
    end();
    return end;
  }
  for (const side of [client, server]) side.once('finish', end).once('close', end).on('error', end);
  client.pipe(server).pipe(client);
  return end;
}

/** The answer that changes the protocol, as another server gave it. @param rawHeaders names and values in turn */
export function tellUpgrade(client: Duplex, rawHeaders: readonly string[]): void {
  let head = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) head += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  if (!client.destroyed) client.write(`${head}\r\n`, 'latin1');
}
