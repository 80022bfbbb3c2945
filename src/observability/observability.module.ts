import { Global, Module } from '@nestjs/common';
import { HealthRegistry } from './health.js';
import { MetricsRegistry } from './metrics.js';

/** Health and metrics, for every module to add its own to. */
@Global()
@Module({ providers: [HealthRegistry, MetricsRegistry], exports: [HealthRegistry, MetricsRegistry] })
export class ObservabilityModule {}
