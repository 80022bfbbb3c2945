import { Logger, type LoggerService } from '@nestjs/common';

/** Nest keeps one logger a process, in a place that it does not publish. */
interface LoggerStatics {
  staticInstanceRef?: LoggerService;
}

/** A host's logger while a start has put others in its place. */
export interface BorrowedLogger {
  readonly host: LoggerService | undefined;
  restore(): void;
}

/**
 * The logger of a program that embeds servers. Nest has one a process: a start silences it and puts the server's own in its place,
 * which is right for a program that is the server and wrong for one that has others to listen to.
 */
class HostLogger {
  private starts = 0;
  private host: LoggerService | undefined;

  /** Remembers the host's logger; the last of several starts that run at once puts it back. */
  borrow(): BorrowedLogger {
    const statics = Logger as unknown as LoggerStatics;
    if (this.starts++ === 0) this.host = statics.staticInstanceRef;
    const { host } = this;
    const restore = (): void => {
      if (--this.starts === 0 && host !== undefined) Logger.overrideLogger(host);
    };
    return { host, restore };
  }
}

export const hostLogger = new HostLogger();
