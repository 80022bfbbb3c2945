import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Data folders of servers that keep nothing. A program that ends without closing its servers leaves no keys behind either. */
class TemporaryFolders {
  private readonly made = new Set<string>();
  private readonly removeAll = (): void => {
    for (const path of this.made) rmSync(path, { recursive: true, force: true });
  };

  make(): string {
    const path = mkdtempSync(join(tmpdir(), 'kubenest-embedded-'));
    if (this.made.size === 0) process.on('exit', this.removeAll);
    this.made.add(path);
    return path;
  }

  /** @param path undefined where there was none to make */
  remove(path: string | undefined): void {
    if (path === undefined || !this.made.delete(path)) return;
    if (this.made.size === 0) process.off('exit', this.removeAll);
    rmSync(path, { recursive: true, force: true });
  }
}

export const temporaryFolders = new TemporaryFolders();
