import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { unauthorized } from '../../src/apimachinery/errors/status-error.js';
import { completeConfig } from '../../src/config/complete.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { parseArguments } from '../../src/config/parse-arguments.js';
import type { ServerOptions } from '../../src/config/server-options.js';
import { AggregationTarget, CoreTarget, ExtensionsTarget } from '../../src/delegation/chain.js';
import { BuiltInGroups } from '../../src/delegation/end-of-chain.js';
import { NotServed } from '../../src/delegation/not-served.js';
import type { Answer } from '../../src/endpoints/answer.js';
import type { ApiRequest } from '../../src/endpoints/api-request.js';
import { ApiAdapter } from '../../src/http/api-adapter.js';
import { HttpModule } from '../../src/http/http.module.js';
import { HttpServer } from '../../src/http/http-server.js';
import { readTlsMaterial } from '../../src/http/tls-files.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import {
  type AuthenticationRequest,
  type AuthenticationResult,
  Authenticator,
} from '../../src/security/authentication/authenticator.js';
import { type Attributes, type AuthorizationResult, Authorizer } from '../../src/security/authorization/authorizer.js';

export type Handle = (request: ApiRequest) => Promise<Answer> | Answer;

/** The server's outside with fakes behind it: tokens are user names, `system:masters` may do all, others what `allow` says. */
export interface HttpApp {
  readonly url: string;
  readonly port: number;
  readonly caCert: string;
  readonly adminCert: string;
  readonly adminKey: string;
  readonly dataDir: string;
  readonly options: ServerOptions;
  readonly server: HttpServer;
  readonly nest: NestFastifyApplication;
  /** What each server of the chain does; unset: not served. */
  readonly chain: { aggregation?: Handle; core?: Handle; extensions?: Handle };
  readonly allow: { decide: (attributes: Attributes) => AuthorizationResult };
  stop(): Promise<void>;
}

class FakeAuthenticator extends Authenticator {
  override authenticate({ authorization, peer }: AuthenticationRequest): AuthenticationResult | undefined {
    const groups = ['system:authenticated'];
    const certificate = peer.certificate();
    if (certificate !== undefined) {
      const all = [...certificate.organizations, ...groups];
      return { user: { name: certificate.commonName, uid: '', groups: all, extra: {} } };
    }
    const name = authorization?.replace('Bearer ', '');
    if (name === undefined) return undefined;
    if (name === 'bad') throw unauthorized();
    return { user: { name, uid: '', groups: name === 'admin' ? ['system:masters', ...groups] : groups, extra: {} } };
  }
}

function fakePorts(chain: HttpApp['chain'], allow: HttpApp['allow']): Type {
  const target = (name: keyof HttpApp['chain']) => ({
    name,
    handle: (request: ApiRequest) => {
      const handle = chain[name];
      if (handle === undefined) throw NotServed;
      return handle(request);
    },
  });
  const providers = [
    { provide: Authenticator, useClass: FakeAuthenticator },
    { provide: Authorizer, useValue: { authorize: (attributes: Attributes) => allow.decide(attributes) } },
    { provide: AggregationTarget, useValue: target('aggregation') },
    { provide: CoreTarget, useValue: target('core') },
    { provide: ExtensionsTarget, useValue: target('extensions') },
    { provide: BuiltInGroups, useValue: { has: (group: string) => group === 'apps' } },
  ];
  @Module({ providers, exports: providers })
  class FakePorts {}
  return FakePorts;
}

/** @param flags beside those that keep the server to itself */
export async function startHttpApp(flags: readonly string[] = []): Promise<HttpApp> {
  const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-http-'));
  const args = parseArguments(['--data-dir', dataDir, '--secure-port', '0', '--log-level', 'silent', ...flags]);
  const { options, pki } = await completeConfig(args);
  const chain: HttpApp['chain'] = {};
  const allow: HttpApp['allow'] = {
    decide: ({ user }) => ({ decision: user.groups.includes('system:masters') ? 'allow' : 'noOpinion', reason: '' }),
  };
  const server = new HttpServer(options, readTlsMaterial(options));
  const root = HttpModule.register({ imports: [fakePorts(chain, allow)], server });
  root.imports?.push(ConfigModule.register(options), ObservabilityModule);
  const nest = await NestFactory.create<NestFastifyApplication>(root, new ApiAdapter(server), {
    bodyParser: false,
    logger: false,
  });
  await nest.listen(0, '127.0.0.1');
  const { port } = nest.getHttpServer().address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caCert: readFileSync(pki.caCert, 'utf8'),
    adminCert: readFileSync(pki.adminCert, 'utf8'),
    adminKey: readFileSync(pki.adminKey, 'utf8'),
    dataDir,
    options,
    server,
    nest,
    chain,
    allow,
    stop: async () => {
      await server.drain(0);
      await nest.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
