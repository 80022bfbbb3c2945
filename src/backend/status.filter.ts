import { Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';
import { internalError, StatusError } from '../apimachinery/errors/status-error.js';

/** Sends errors as the Status objects that clients of the API will see. */
@Catch()
export class StatusFilter implements ExceptionFilter {
  private readonly logger = new Logger('backend');

  catch(error: unknown): Observable<never> {
    return throwError(() => this.statusOf(error).toStatus());
  }

  private statusOf(error: unknown): StatusError {
    if (error instanceof StatusError) return error;
    this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return internalError(error instanceof Error ? error.message : String(error));
  }
}
