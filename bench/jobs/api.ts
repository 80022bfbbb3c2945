import { authorizationOf, type LoadClient, openClient } from '../load/clients.js';
import type { Target } from '../load/plan.js';

/** The few calls that prepare jobs. */
export class Api {
  private readonly client: LoadClient;

  constructor(private readonly target: Target) {
    this.client = openClient('http/1.1', target);
  }

  /** @returns the status and, of an answer that is no success, its text */
  send(
    method: string,
    path: string,
    body?: object | string,
    type = 'application/json',
  ): ReturnType<LoadClient['send']> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { ...authorizationOf(this.target), ...(text === undefined ? {} : { 'content-type': type }) };
    return this.client.send(method, path, headers, text);
  }

  /** @throws Error unless the answer is a success */
  async must(method: string, path: string, body?: object | string, type?: string): Promise<void> {
    const { status, text } = await this.send(method, path, body, type);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
  }

  close(): void {
    this.client.close();
  }
}
