/**
 * Hooks of Node's module loader, for what plugins import: they run in a thread of their own, so that this file imports nothing of ours.
 * @see https://nodejs.org/api/module.html#customization-hooks
 */
import { readFile } from 'node:fs/promises';
import { createRequire, type LoadHook, type ResolveHook } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What {@link initialize} is told. */
export interface HookSettings {
  /** URLs of the server's own entries, by the names under which plugins import them. */
  readonly entries: Readonly<Record<string, string>>;
  /** Of a module of the server. */
  readonly server: string;
}

let settings: HookSettings = { entries: {}, server: import.meta.url };

export function initialize(given: HookSettings): void {
  settings = given;
}

/**
 * `kubenest` is always the running server, whatever copies are installed; packages that a plugin cannot reach (`class-validator`
 * beside a lone file) come from the server; `./x.js` may be `./x.ts`.
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const entry = settings.entries[specifier];
  if (entry !== undefined) return { url: entry, shortCircuit: true };
  try {
    return await next(specifier, context);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const other = otherTry(specifier, context.parentURL);
    if (other === undefined) throw error;
    try {
      return await next(other.specifier, { ...context, parentURL: other.parentURL });
    } catch {
      throw error;
    }
  }
};

function otherTry(specifier: string, parentURL: string | undefined) {
  if (!/^(?:\.|\/|[a-z]+:)/.test(specifier)) return { specifier, parentURL: settings.server };
  const fromTypeScript = parentURL?.endsWith('.ts') === true && specifier.endsWith('.js');
  return fromTypeScript ? { specifier: specifier.replace(/\.js$/, '.ts'), parentURL } : undefined;
}

/** Compiles TypeScript with the types of decorated fields and parameters, which dependency injection needs. */
export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith('file:') || !/\.m?ts$/.test(url)) return next(url, context);
  const filename = fileURLToPath(url);
  const { transform } = await compilerFor(url);
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    swcrc: false,
    configFile: false,
    sourceMaps: 'inline',
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
};

/** The plugin's own compiler, or the server's. */
async function compilerFor(url: string): Promise<typeof import('@swc/core')> {
  for (const from of [url, settings.server]) {
    try {
      const path = createRequire(from).resolve('@swc/core');
      const { default: compiler } = (await import(pathToFileURL(path).href)) as { default: typeof import('@swc/core') };
      return compiler;
    } catch {
      // The next place may have it.
    }
  }
  throw new Error(
    'it is TypeScript, and @swc/core is not installed to compile it: npm install --save-dev @swc/core, or give what was compiled',
  );
}
