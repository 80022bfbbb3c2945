import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Request, Http2Response } from './http2-messages.js';

/** Node's own objects for HTTP/1.1, ours for HTTP/2. */
export type RawRequest = IncomingMessage | Http2Request;
export type RawResponse = ServerResponse | Http2Response;
