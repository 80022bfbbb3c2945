import { afterAll, beforeAll, expect, it } from 'vitest';
import { asAdmin, statusOf } from '../../support/api.js';
import { callHttp2, openHttp2 } from '../../support/http-client.js';
import { type ServerProcess, startServerProcess } from '../../support/server-process.js';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server.stop());

it.each(['PURGE', 'REPORT', 'PROPFIND'])('%s is no method of a collection, after the guards', async (method) => {
  const reply = await asAdmin(server, '/api/v1/pods', { method });
  expect(statusOf(reply)).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  expect((await asAdmin(server, '/api/v1/pods', { method, headers: { authorization: 'Bearer x' } })).status).toBe(401);
});

it('a method that nobody knows is answered over HTTP/2 too', async () => {
  const session = openHttp2(server.url);
  const send = (path: string) =>
    callHttp2(session, { ':method': 'FOO', ':path': path, authorization: 'Bearer admin-token' });
  try {
    expect((await send('/api/v1/pods')).status).toBe(405);
    expect((await send('/nothing')).status).toBe(404);
  } finally {
    session.close();
  }
});
