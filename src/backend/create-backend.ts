import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { BackendModule, type BackendParts } from './backend.module.js';
import type { ResourceClass } from './backend-resource.js';

export interface BackendOptions extends BackendParts {
  readonly resources: readonly ResourceClass[];
  /** As of `NestFactory.createMicroservice`: any transport of Nest, or a strategy of one's own. */
  readonly microservice: MicroserviceOptions;
}

export interface RunningBackend {
  close(): Promise<void>;
}

/**
 * Starts a backend; it is asked from then on. Over NATS, several processes of one backend share the work: each message goes
 * to one of them (queue `kubenest`, unless the options name another), so what they store must be shared too.
 */
export async function createBackend({ resources, microservice, ...parts }: BackendOptions): Promise<RunningBackend> {
  const module = BackendModule.register(resources, parts);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    logger: ['error', 'warn'],
    ...sharingWork(microservice),
  });
  await app.listen();
  return { close: () => app.close() };
}

function sharingWork(options: MicroserviceOptions): MicroserviceOptions {
  if (!('transport' in options) || options.transport !== Transport.NATS) return options;
  return { ...options, options: { queue: 'kubenest', ...options.options } };
}
