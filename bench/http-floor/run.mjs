// What the outside of the server costs: a GET of a prepared 1.2 KB answer through TLS, guards, three interceptors and the writer,
// against a bare Node server under the same load, interleaved; the best round of each counts. `node bench/http-floor/run.mjs [seconds] [clients] [rounds]` after a build.
// CPU time of the server process is the steadier figure: the clients share the machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

const [seconds = 1, clients = 32, rounds = 8] = process.argv.slice(2).map(Number);
const PATH = '/api/v1/namespaces/default/configmaps/one';

async function start(kind, protocol) {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [kind, protocol], {
    execArgv: process.env.BENCH_PROFILE === kind ? ['--cpu-prof', '--cpu-prof-dir=bench/results'] : [],
  });
  const [{ port }] = await once(child, 'message');
  const cpu = async () => {
    child.send('cpu');
    const [{ cpu: used }] = await once(child, 'message');
    return used.user + used.system;
  };
  return { child, port, cpu };
}

function loadHttp1(port, until, count) {
  const request = `GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nAccept: application/json\r\nUser-Agent: bench\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    let expected = 0;
    let got = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
      if (expected === 0) {
        const head = chunk.indexOf('\r\n\r\n');
        expected = head + 4 + Number(/content-length: (\d+)/i.exec(chunk.toString('latin1', 0, head))[1]);
      }
      if (got < expected) return;
      got = 0;
      expected = 0;
      count();
      if (performance.now() < until) socket.write(request);
      else socket.end(resolve);
    });
    socket.on('error', reject);
    socket.on('secureConnect', () => socket.write(request));
  });
}

function loadHttp2(port, until, count) {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const headers = { ':path': PATH, authorization: 'Bearer admin', accept: 'application/json', 'user-agent': 'bench' };
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const next = () => {
      const stream = session.request(headers);
      stream.on('data', () => undefined);
      stream.on('end', () => {
        count();
        if (performance.now() < until) next();
        else session.close(resolve);
      });
    };
    session.on('connect', next);
  });
}

async function measure(server, protocol, ms) {
  const load = protocol === 'h2' ? loadHttp2 : loadHttp1;
  let answered = 0;
  const from = performance.now();
  const cpu = await server.cpu();
  await Promise.all(Array.from({ length: clients }, () => load(server.port, from + ms, () => answered++)));
  const took = performance.now() - from;
  return { rate: (answered / took) * 1_000, cpuUs: ((await server.cpu()) - cpu) / answered };
}

for (const protocol of (process.env.PROTOCOLS ?? 'http/1.1,h2').split(',')) {
  const kinds = ['bare', 'api'];
  const servers = new Map(await Promise.all(kinds.map(async (kind) => [kind, await start(kind, protocol)])));
  const results = new Map(kinds.map((kind) => [kind, []]));
  for (const kind of kinds) await measure(servers.get(kind), protocol, 1_500);
  for (let i = 0; i < rounds; i++) {
    for (const kind of kinds) results.get(kind).push(await measure(servers.get(kind), protocol, seconds * 1_000));
  }
  for (const { child } of servers.values()) child.disconnect();
  const rate = (kind) => Math.max(...results.get(kind).map((result) => result.rate));
  const cpu = (kind) => Math.min(...results.get(kind).map((result) => result.cpuUs));
  for (const kind of kinds) {
    const figures = `${rate(kind).toFixed(0).padStart(7)} /s  ${cpu(kind).toFixed(1).padStart(6)} us CPU a request`;
    console.log(`${protocol.padEnd(9)} ${kind.padEnd(5)} ${figures}`);
  }
  const ratios = `rate ${(rate('api') / rate('bare')).toFixed(2)}  CPU ${(cpu('bare') / cpu('api')).toFixed(2)}`;
  console.log(`${protocol.padEnd(9)} ratio ${ratios}`);
}
