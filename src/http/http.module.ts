import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  AggregationInterceptor,
  CoreInterceptor,
  ExtensionsInterceptor,
} from '../delegation/delegation.interceptor.js';
import { EndOfChain } from '../delegation/end-of-chain.js';
import { Impersonator } from '../security/impersonation/impersonator.js';
import { ApiController } from './controllers/api.controller.js';
import { HealthController } from './controllers/health.controller.js';
import { MetricsController } from './controllers/metrics.controller.js';
import { VersionController } from './controllers/version.controller.js';
import { StatusFilter } from './filters/status.filter.js';
import { AuthenticationGuard } from './guards/authentication.guard.js';
import { AuthorizationGuard } from './guards/authorization.guard.js';
import { ImpersonationGuard } from './guards/impersonation.guard.js';
import { HttpServer } from './http-server.js';
import { RequestMetrics } from './request-metrics.js';

export interface HttpModuleOptions {
  /** Modules that export the ports: Authenticator, Authorizer, the three targets, BuiltInGroups. */
  readonly imports: NonNullable<DynamicModule['imports']>;
  readonly server: HttpServer;
}

/** The outside of the server: guards, chain, filter. */
@Module({})
export class HttpModule implements OnModuleInit {
  constructor(
    private readonly server: HttpServer,
    private readonly metrics: RequestMetrics,
  ) {}

  static register({ imports, server }: HttpModuleOptions): DynamicModule {
    return {
      module: HttpModule,
      imports,
      controllers: [HealthController, VersionController, MetricsController, ApiController],
      providers: [
        { provide: HttpServer, useValue: server },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: ImpersonationGuard },
        { provide: APP_GUARD, useClass: AuthorizationGuard },
        { provide: APP_FILTER, useClass: StatusFilter },
        AggregationInterceptor,
        CoreInterceptor,
        ExtensionsInterceptor,
        EndOfChain,
        Impersonator,
        RequestMetrics,
      ],
      exports: [HttpServer],
    };
  }

  onModuleInit(): void {
    this.server.observe(this.metrics.observe);
    this.server.inFlight.start();
  }
}
