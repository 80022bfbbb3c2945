import type { Watch } from '../../storage/storage.js';
import type { WatchSink } from './storage.js';

/**
 * The watches of a resource whose definition may change under them. What they send is of the definition they began with, so a
 * change ends them: their clients begin again where they were and see the new form.
 */
export class WatchLifetime {
  private readonly sinks = new Set<WatchSink>();

  /** @param beginsAt revision at which the resource came to be: of what was before there is no history to tell; 0 for always */
  constructor(readonly beginsAt = 0) {}

  /** The watch, as long as the definition stays. */
  follow(watch: Watch | Promise<Watch>, sink: WatchSink): Watch | Promise<Watch> {
    return watch instanceof Promise ? watch.then((begun) => this.add(begun, sink)) : this.add(watch, sink);
  }

  /** Ends every watch, without an error. */
  end(): void {
    const sinks = [...this.sinks];
    this.sinks.clear();
    for (const sink of sinks) sink.end();
  }

  private add(watch: Watch, sink: WatchSink): Watch {
    this.sinks.add(sink);
    return {
      stop: () => {
        this.sinks.delete(sink);
        watch.stop();
      },
    };
  }
}
