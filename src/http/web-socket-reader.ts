import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import { closeWebSocket } from './web-sockets.js';

/** As much as one message carries, which is what the reference reads at once. */
const MESSAGE_BYTES_MAX = 2048;

/**
 * Sends what is read as messages: an empty one first, then the bytes as they come, one message after the other; closes at the end.
 * @param base64 whether messages are text: the bytes in base64
 * @see https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/endpoints/handlers/responsewriters/writers.go StreamObject (behaviour)
 */
export async function sendInMessages(webSocket: WebSocket, body: Readable, base64: boolean): Promise<void> {
  webSocket.once('close', () => body.destroy());
  // It may fail while a message is on its way; the loop learns of it then.
  body.on('error', () => undefined);
  const send = (bytes: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const message = base64 ? bytes.toString('base64') : bytes;
      webSocket.send(message, { binary: !base64 }, (error) => (error ? reject(error) : resolve()));
    });
  try {
    await send(Buffer.alloc(0));
    for await (const chunk of body as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += MESSAGE_BYTES_MAX)
        await send(chunk.subarray(at, at + MESSAGE_BYTES_MAX));
    }
  } catch {
    // Either side has gone: there is nobody to tell.
  } finally {
    body.destroy();
    closeWebSocket(webSocket);
  }
}
