import module from 'node:module';

// Before anything else is loaded, so that what is loaded next comes out of the cache (Node 22.1 and later have it).
const { enableCompileCache } = module as { enableCompileCache?: () => void };
enableCompileCache?.();

const { run } = await import('./run.js');
await run(process.argv.slice(2));
