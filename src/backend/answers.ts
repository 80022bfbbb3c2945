import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, mergeMap, type Observable, takeUntil, timer } from 'rxjs';
import type { KubeObject } from '../apimachinery/meta/object.js';
import { LIST_PART_BYTES_MAX, type ObjectList, type WatchRequest } from './protocol.js';

/** Sends a long list in several messages, so that no transport's limit stops it. */
@Injectable()
export class ListParts implements NestInterceptor<ObjectList, ObjectList> {
  intercept(_context: ExecutionContext, next: CallHandler<ObjectList>): Observable<ObjectList> {
    return next.handle().pipe(mergeMap((list) => from(partsOf(list))));
  }
}

/** Metadata comes with the last part. */
export function* partsOf({ items, metadata = {} }: ObjectList): Generator<ObjectList> {
  let part: KubeObject[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item));
    if (part.length > 0 && bytes + size > LIST_PART_BYTES_MAX) {
      yield { items: part };
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  yield { items: part, metadata };
}

/** Ends a watch when its time is over: kubenest asks anew as long as somebody reads it. */
@Injectable()
export class WatchEnd implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { seconds } = context.switchToRpc().getData<WatchRequest>();
    return next.handle().pipe(takeUntil(timer(seconds * 1000)));
  }
}
