import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { serveCommand, serveForwarding } from './spdy-server.js';
import type { TestCertificates } from './test-certificates.js';

const STDIN = 0;
const STDOUT = 1;
const ERROR = 3;
const CLOSE = 255;

export interface FakeKubelet {
  readonly port: number;
  /** Every request, in order: method and URL, and the name of the client's certificate. */
  readonly heard: { readonly call: string; readonly client: string; readonly headers: IncomingMessage['headers'] }[];
  /** Whether WebSockets are taken, as kubelets do that declare ExtendWebSocketsToKubelet. */
  webSockets: boolean;
  stop(): Promise<void>;
}

/**
 * What a kubelet answers the API server, played: logs that tell what was asked, commands that repeat their input in capitals, ports
 * that answer HTTP.
 */
export async function startFakeKubelet({ server, authority }: TestCertificates): Promise<FakeKubelet> {
  const heard: FakeKubelet['heard'] = [];
  const listener = createServer({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find((each) => offered.has(each)) ?? false,
  });
  const hear = (request: IncomingMessage): void => {
    const socket = request.socket as TLSSocket;
    const client = String(socket.getPeerCertificate().subject?.CN ?? '');
    heard.push({ call: `${request.method} ${request.url}`, client, headers: request.headers });
  };
  const kubelet: FakeKubelet = {
    port: 0,
    heard,
    webSockets: true,
    stop: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
  listener.on('request', (request, response) => {
    hear(request);
    answer(request, response);
  });
  listener.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    hear(request);
    socket.on('error', () => {});
    const { pathname } = new URL(request.url ?? '', 'https://kubelet');
    if (request.headers.upgrade === 'SPDY/3.1') upgradeToSpdy(request, socket);
    else if (!kubelet.webSockets) socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
    else if (pathname.startsWith('/portForward/')) {
      // Its subprotocol is no token, which the library insists on.
      const { 'sec-websocket-protocol': protocol, ...headers } = request.headers;
      const bare = Object.create(request, { headers: { value: headers } }) as IncomingMessage;
      webSockets.once('headers', (lines: string[]) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
      webSockets.handleUpgrade(bare, socket, head, (webSocket) => {
        serveForwarding(createWebSocketStream(webSocket), httpAnswer);
      });
    } else {
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        runCommand(webSocket, new URL(request.url ?? '', 'https://kubelet').searchParams);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return Object.assign(kubelet, { port: (listener.address() as AddressInfo).port });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
  const container = pathname.split('/').at(-1);
  if (pathname.startsWith('/containerLogs/') && container === 'broken') {
    response.writeHead(Number(searchParams.get('tailLines'))).end('the container is broken');
  } else if (pathname.startsWith('/containerLogs/') && container === 'moved') {
    response.writeHead(302, { location: 'https://elsewhere.example/log' }).end();
  } else if (pathname.startsWith('/containerLogs/')) {
    response.writeHead(200, { 'content-type': 'text/weird', 'set-cookie': 'a=b' });
    response.write('first line\n');
    // A log that is followed goes on until nobody follows.
    if (searchParams.get('follow') === 'true') response.write('second line\n');
    else response.end('second line\n');
  } else if (pathname === '/pods/moved') {
    response.writeHead(302, { location: '/pods/' }).end();
  } else {
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/plain', 'access-control-allow-origin': '*' });
      response.end(`${request.method} ${request.url} ${Buffer.concat(body)}`);
    });
  }
}

function upgradeToSpdy(request: IncomingMessage, socket: Socket): void {
  const protocol = request.headers['x-stream-protocol-version'];
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  const { pathname, searchParams } = new URL(request.url ?? '', 'https://kubelet');
  if (pathname.startsWith('/portForward/')) serveForwarding(socket, httpAnswer);
  else if (searchParams.getAll('command').includes('echo')) socket.pipe(socket);
  else {
    const asked: Record<string, string | true> = {
      error: true,
      stdin: 'input',
      stdout: 'output',
      stderr: 'error',
      resize: 'tty',
    };
    const has = (by: string | true): boolean => by === true || searchParams.get(by) === '1';
    const names = Object.entries(asked).flatMap(([name, by]) => (has(by) ? [name] : []));
    const shown = has('tty') ? names.filter((name) => name !== 'stderr') : names;
    serveCommand(socket, shown, searchParams.getAll('command').join(' '));
  }
}

function httpAnswer(said: string): string {
  const body = `you asked for ${said.split(' ')[1]}\n`;
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

/** `v5.channel.k8s.io`: the first byte of a message names its stream; the end of the input is a message of its own. */
function runCommand(webSocket: WebSocket, params: URLSearchParams): void {
  const send = (stream: number, text: string): void => {
    webSocket.send(Buffer.concat([Buffer.from([stream]), Buffer.from(text)]), { binary: true });
  };
  const exit = (): void => {
    send(ERROR, '{"metadata":{},"status":"Success"}');
    webSocket.close(1000);
  };
  webSocket.on('message', (message: Buffer) => {
    if (message[0] === STDIN) send(STDOUT, message.subarray(1).toString().toUpperCase());
    else if (message[0] === CLOSE && message[1] === STDIN) exit();
  });
  send(STDOUT, `ran ${params.getAll('command').join(' ')}\n`);
  if (params.get('input') !== '1') exit();
}
