// Puts the compiled server into one file: hundreds of small modules are what a start spends most of its time on. Native drivers and
// what only some setups have stay outside. `main.mjs` beside it switches the compile cache on, where Node has one, and loads it.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'dist', 'bundle');

rmSync(out, { recursive: true, force: true });
const result = await build({
  entryPoints: [join(root, 'dist/src/run.js')],
  outfile: join(out, 'kubenest.mjs'),
  metafile: true,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Names stay because nothing is renamed: keepNames would wrap every closure in a call, also on the paths that each request takes.
  keepNames: false,
  minifyIdentifiers: false,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'error',
  // CommonJS packages inside an ES module still ask for `require`, `__filename` and `__dirname`.
  banner: {
    js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fp}from'node:url';import{dirname as __dn}from'node:path';const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__dn(__filename);",
  },
  external: [
    'sqlite3',
    'pg',
    '@nats-io/transport-node',
    'pg-native',
    'pg-query-stream',
    'class-transformer',
    'class-validator',
    '@nestjs/websockets',
    '@nestjs/platform-express',
    '@fastify/multipart',
    '@fastify/static',
    '@fastify/view',
  ],
  // rxjs offers Node its CommonJS build only. Each of Nest's calls into it would go through a getter.
  alias: {
    rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js'),
    'rxjs/operators': join(root, 'node_modules/rxjs/dist/esm/operators/index.js'),
  },
  plugins: [
    { name: 'with-plugins', setup: leaveOutPlugins },
    { name: 'absent', setup: leaveOutAbsent },
  ],
});
writeFileSync(
  join(out, 'main.mjs'),
  readFileSync(join(root, 'dist/src/main.js'), 'utf8').replace('./run.js', './kubenest.mjs'),
);
cpSync(join(root, 'dist/src/apis/data'), join(out, 'data'), { recursive: true });

/** A server with plugins runs on the compiled files themselves: plugins import these, and Nest, and both must be the server's own. */
function leaveOutPlugins(bundler) {
  bundler.onResolve({ filter: /\/run-with-plugins\.js$/ }, () => ({
    path: '../src/run-with-plugins.js',
    external: true,
  }));
}

/** TypeORM and Nest ask for packages that are not installed; such a request must fail when it is made, not here. */
function leaveOutAbsent(bundler) {
  bundler.onResolve({ filter: /^[^./]/ }, async (args) => {
    if (args.pluginData === 'asked') return undefined;
    const { path, importer, namespace, resolveDir, kind } = args;
    const found = await bundler.resolve(path, { importer, namespace, resolveDir, kind, pluginData: 'asked' });
    return found.errors.length > 0 ? { path: args.path, external: true } : found;
  });
}

if (process.argv.includes('--sizes')) {
  const sizes = new Map();
  for (const output of Object.values(result.metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'kubenest';
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  for (const [name, bytes] of [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 30))
    console.log(String(bytes).padStart(9), name);
}
