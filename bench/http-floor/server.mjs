// One of the two servers that http-floor compares, in a process of its own: `bare` is node:http2 or node:https and a buffer, `api` the
// whole outside of kubenest (guards, chain of three, writer) with a core server that answers the same buffer.
import { mkdtempSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const [kind, protocol] = process.argv.slice(2);
const dist = (path) => import(`../../dist/src/${path}.js`);
const { completeConfig } = await dist('config/complete');
const { parseArguments } = await dist('config/parse-arguments');
const { readTlsMaterial } = await dist('http/tls-files');

const body = Buffer.from(JSON.stringify({ kind: 'ConfigMap', data: { text: 'x'.repeat(1_160) } }));
const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-bench-'));
const { options } = await completeConfig(parseArguments(['--data-dir', dataDir, '--secure-port', '0']));
const tls = readTlsMaterial(options);

async function startBare() {
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const server =
    protocol === 'h2'
      ? createSecureServer({ ...tls, allowHTTP1: true }).on('stream', (stream) => {
          stream.respond({ ':status': 200, ...headers });
          stream.end(body);
        })
      : createServer(tls, (_request, response) => {
          response.writeHead(200, headers);
          response.end(body);
        });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function startApi() {
  const { AggregationTarget, CoreTarget, ExtensionsTarget } = await dist('delegation/chain');
  const { BuiltInGroups } = await dist('delegation/end-of-chain');
  const { NotServed } = await dist('delegation/not-served');
  const { Authenticator } = await dist('security/authentication/authenticator');
  const { Authorizer } = await dist('security/authorization/authorizer');
  const { ConfigModule } = await dist('config/config.module');
  const { ObservabilityModule } = await dist('observability/observability.module');
  const { HttpModule } = await dist('http/http.module');
  const { HttpServer } = await dist('http/http-server');
  const { ApiAdapter } = await dist('http/api-adapter');
  const user = { name: 'bench', uid: '', groups: ['system:masters'], extra: {} };
  const answer = { type: 'bytes', status: 200, contentType: 'application/json', body };
  const notServed = {
    name: 'none',
    handle() {
      throw NotServed;
    },
  };
  const providers = [
    { provide: Authenticator, useValue: { authenticate: () => ({ user }) } },
    { provide: Authorizer, useValue: { authorize: () => ({ decision: 'allow', reason: '' }) } },
    { provide: AggregationTarget, useValue: notServed },
    { provide: CoreTarget, useValue: { name: 'core', handle: () => answer } },
    { provide: ExtensionsTarget, useValue: notServed },
    { provide: BuiltInGroups, useValue: { has: () => true } },
  ];
  class Ports {}
  Module({ providers, exports: providers })(Ports);
  class Root {}
  const server = new HttpServer(options, tls);
  const imports = [
    ConfigModule.register(options),
    ObservabilityModule,
    HttpModule.register({ imports: [Ports], server }),
  ];
  Module({ imports })(Root);
  const app = await NestFactory.create(Root, new ApiAdapter(server), { bodyParser: false, logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer();
}

const server = kind === 'bare' ? await startBare() : await startApi();
process.on('message', () => process.send({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
process.send({ port: server.address().port, cpu: process.cpuUsage() });
