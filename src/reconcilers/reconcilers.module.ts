import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { isEnabled, type Reconciler } from './reconciler.js';

/** The reconcilers of this server, made but not started. */
export abstract class ReconcilerSet {
  abstract readonly reconcilers: readonly Reconciler[];
  /** `--reconcilers` */
  abstract readonly selection: readonly string[];
}

/** Starts the enabled reconcilers once everything is served, and stops them before the store closes. */
@Injectable()
export class ReconcilerRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private running: readonly Reconciler[] = [];

  constructor(private readonly set: ReconcilerSet) {}

  onApplicationBootstrap(): void {
    this.running = this.set.reconcilers.filter(({ name }) => isEnabled(name, this.set.selection));
    for (const reconciler of this.running) reconciler.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.running.map((reconciler) => reconciler.stop()));
  }
}

@Module({})
export class ReconcilersModule {
  /** @param imports modules that export a {@link ReconcilerSet} */
  static register(imports: NonNullable<DynamicModule['imports']>): DynamicModule {
    return { module: ReconcilersModule, imports, providers: [ReconcilerRunner] };
  }
}
