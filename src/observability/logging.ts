import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Names under which a value is never written, wherever it stands. */
const SECRET_FIELDS = ['authorization', 'token', 'password', 'key', 'secret', 'cookie'];
const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

export interface LogOptions {
  readonly logLevel: string;
  readonly logFormat: 'text' | 'json';
}

/** The process's log, to standard error. @param destination takes whole lines */
export function createLogger(
  { logLevel, logFormat }: LogOptions,
  destination: DestinationStream = process.stderr,
): Logger {
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '***' },
    },
    logFormat === 'json' ? destination : new TextLines(destination),
  );
}

/** Lines for people: time, level, context, message, and what else was said as JSON. */
class TextLines implements DestinationStream {
  constructor(private readonly destination: DestinationStream) {}

  write(line: string): void {
    const { level, time, context, msg, stack, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    const where = context === undefined ? '' : ` [${String(context)}]`;
    const trace = typeof stack === 'string' ? `\n${stack}` : '';
    this.destination.write(
      `${String(time)} ${LEVEL_NAMES[Number(level)] ?? String(level)}${where} ${String(msg)}${more}${trace}\n`,
    );
  }
}

/** Nest's logger port over ours: the last parameter is the context, for errors the one before it the stack. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.info(fieldsOf(rest), String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const [stack, context] = rest.length > 1 ? rest : [undefined, rest[0]];
    this.logger.error({ ...fieldsOf([context]), ...(typeof stack === 'string' && { stack }) }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(fieldsOf(rest), String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(fieldsOf(rest), String(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(fieldsOf(rest), String(message));
  }
}

function fieldsOf(rest: readonly unknown[]): { context?: string } {
  const context = rest.at(-1);
  return typeof context === 'string' ? { context } : {};
}
