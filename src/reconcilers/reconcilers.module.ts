import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ServerConfig } from '../config/server-options.js';
import { StartError } from '../config/start-error.js';
import { ResourceRegistry } from '../registry/resource-registry.js';
import { builtinReconcilers } from './builtin-reconcilers.js';
import { isEnabled, type Reconciler, unknownNames } from './reconciler.js';

/** The reconcilers of this server, made but not started. Add yours in `onModuleInit`. */
export class ReconcilerSet {
  private readonly all: Reconciler[];

  /** @param selection `--reconcilers` */
  constructor(
    reconcilers: readonly Reconciler[],
    readonly selection: readonly string[],
  ) {
    this.all = [...reconcilers];
  }

  get reconcilers(): readonly Reconciler[] {
    return this.all;
  }

  add(reconciler: Reconciler): void {
    this.all.push(reconciler);
  }
}

/** Starts the enabled reconcilers once everything is served, and stops them before the store closes. */
@Injectable()
export class ReconcilerRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private running: readonly Reconciler[] = [];

  constructor(private readonly set: ReconcilerSet) {}

  /** @throws StartError for names that no reconciler has */
  onApplicationBootstrap(): void {
    const names = this.set.reconcilers.map(({ name }) => name);
    const unknown = unknownNames(this.set.selection, names);
    if (unknown.length > 0) {
      throw new StartError(`--reconcilers: ${unknown.join(', ')} is not known; there are ${names.join(', ')}`);
    }
    this.running = this.set.reconcilers.filter(({ name }) => isEnabled(name, this.set.selection));
    for (const reconciler of this.running) reconciler.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.running.map((reconciler) => reconciler.stop()));
  }
}

@Module({})
export class ReconcilersModule {
  static register(): DynamicModule {
    return {
      module: ReconcilersModule,
      providers: [
        ReconcilerRunner,
        {
          provide: ReconcilerSet,
          inject: [ResourceRegistry, ServerConfig],
          useFactory: (registry: ResourceRegistry, { options }: ServerConfig) =>
            new ReconcilerSet(
              builtinReconcilers({ registry, now: Date.now, log: logFailure }, options),
              options.reconcilers,
            ),
        },
      ],
      exports: [ReconcilerSet],
    };
  }
}

const logger = new Logger('reconcilers');

/** A failure is tried again; people are told because one that stays needs them. */
function logFailure(reconciler: string, key: string, error: unknown): void {
  logger.warn(`${reconciler}: ${key}: ${error instanceof Error ? error.message : String(error)}`);
}
