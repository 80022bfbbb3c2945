import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keys that servers of one process share while they keep nothing else: to make them takes as long as all the rest of a start. Kept in
 * memory only. A server that needs other names than the first had makes its own serving certificate beside them.
 */
class ProcessKeys {
  private kept: ReadonlyMap<string, string> | undefined;

  /** Puts the keys into the new data folder before `complete` looks for them, and takes those that it made. */
  async around<T>(dataDir: string, complete: () => Promise<T>): Promise<T> {
    const folder = join(dataDir, 'pki');
    if (this.kept !== undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const [name, text] of this.kept) writeFileSync(join(folder, name), text, { mode: 0o600 });
    }
    const completed = await complete();
    this.kept ??= new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    return completed;
  }
}

/** The one of this process. */
export const keysOfProcess = new ProcessKeys();
