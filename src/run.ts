import { type CompletedConfig, completeConfig } from './config/complete.js';
import { helpText } from './config/help.js';
import { UsageError } from './config/option-values.js';
import { type ParsedArguments, parseArguments } from './config/parse-arguments.js';
import { StartError } from './config/start-error.js';
import { KUBENEST_VERSION, versionInfo } from './config/version.js';
import type { RunningServer } from './server.js';

const EXIT_USAGE = 2;
const EXIT_FAILURE = 1;

/** From the command line to a server that listens until it gets a signal. */
export async function run(args: readonly string[]): Promise<void> {
  // A reader that has gone (`npm start | head`) is no reason to stop serving.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const parsed = parseArguments(args);
    if (parsed.help) return void process.stdout.write(helpText());
    if (parsed.version)
      return void process.stdout.write(`kubenest ${KUBENEST_VERSION} (${versionInfo().gitVersion})\n`);
    const config = await configOf(parsed);
    if (config.withoutEffect.length > 0) {
      warn(`without effect here: ${config.withoutEffect.map((name) => `--${name}`).join(', ')}`);
    }
    const server = await start(config);
    process.stdout.write(startBlock(server, config.options.dataDir));
    stopOnSignal(server);
  } catch (error) {
    fail(error);
  }
}

/** The application is loaded while keys are made; both take most of a first start. */
async function configOf(parsed: ParsedArguments): Promise<CompletedConfig> {
  // What goes wrong with it is told when it is used.
  if (!parsed.texts.has('plugin')) import('./server.js').catch(() => undefined);
  return completeConfig(parsed);
}

async function start(config: CompletedConfig): Promise<RunningServer> {
  if (config.options.plugins.length > 0) {
    const { runWithPlugins } = await import('./run-with-plugins.js');
    return runWithPlugins(config);
  }
  const { startServer } = await import('./server.js');
  return startServer(config);
}

function startBlock({ url, kubeconfig }: RunningServer, dataDir: string): string {
  const { gitVersion } = versionInfo();
  const use =
    kubeconfig === undefined
      ? '  kubeconfig  none: --client-ca-file says who is an administrator'
      : `  use it      export KUBECONFIG=${shellQuote(kubeconfig)}`;
  return [
    '',
    `kubenest ${gitVersion} is ready`,
    '',
    `  address     ${url}`,
    `  data        ${dataDir}`,
    use,
    `  started in  ${Math.round(performance.now())} ms`,
    '',
    '',
  ].join('\n');
}

function shellQuote(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The first signal ends the server in good order, the second at once. */
function stopOnSignal(server: RunningServer): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(EXIT_FAILURE);
    stopping = true;
    process.stdout.write(`${signal}: stopping; once more to stop at once\n`);
    server.stop().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function warn(text: string): void {
  process.stderr.write(`kubenest: ${text}\n`);
}

/** What the operator can mend is told in one line; anything else is a fault of ours and comes with its stack. */
function fail(error: unknown): never {
  // By name: where there are plugins, the server is another copy of these classes.
  const { name, message } = error as Error;
  if (name === UsageError.NAME || name === StartError.NAME) {
    warn(message);
    process.exit(name === UsageError.NAME ? EXIT_USAGE : EXIT_FAILURE);
  }
  warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(EXIT_FAILURE);
}
