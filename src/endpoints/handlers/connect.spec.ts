import { describe, expect, it } from 'vitest';
import type { AdmissionAttributes } from '../../admission/admission.js';
import { forbidden } from '../../apimachinery/errors/status-error.js';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { Connection, ConnectRequest } from '../../registry/rest/storage.js';
import type { Attributes } from '../../security/authorization/authorizer.js';
import type { Answer } from '../answer.js';
import { resolveRequestInfo } from '../request-info.js';
import type { RequestScope } from '../request-scope.js';
import { handleConnect } from './connect.js';
import type { HandlerEnvironment } from './handler-environment.js';

const ANSWER: Answer = { type: 'bytes', status: 200, contentType: '', body: Buffer.alloc(0) };
const EXEC = '/api/v1/namespaces/n/pods/web/exec';

/** One request to a connection, with everything around it recorded. */
function play(type: Connection['type'], method: string, url: string) {
  const asked: ConnectRequest[] = [];
  const admitted: AdmissionAttributes[] = [];
  const authorized: Attributes[] = [];
  const passed: string[] = [];
  const refuse = { admission: false, create: false };
  const connection: Connection = {
    type,
    methods: ['GET', 'POST'],
    options: ({ path }) => ({ kind: 'PodExecOptions', apiVersion: 'v1', path }) as unknown as KubeObject,
    locate: async (_ctx, _name, request) => {
      asked.push(request);
      return { url: new URL('https://kubelet:10250/x'), via: 'kubelet' };
    },
  };
  const [path = '', search = ''] = url.split('?', 2);
  const query = new URLSearchParams(search);
  const info = resolveRequestInfo(method, decodeURIComponent(path), () => query);
  const user = { name: 'ada', uid: '', groups: [], extra: {} };
  const request = { method, url, query, info, user, context: { warn: () => {}, annotate: () => {} } };
  const definition = { group: '', resource: 'pods', kind: 'Pod', hubVersion: 'v1' };
  const scope = { request, definition, version: { version: 'v1' }, storage: { connection }, whole: true };
  const env = {
    admission: {
      mutate: () => undefined,
      validate: (attributes: AdmissionAttributes) => {
        admitted.push(attributes);
        if (refuse.admission) throw forbidden({ group: '', resource: 'pods' }, 'web', 'not today');
      },
    },
    authorizer: {
      authorize: (attributes: Attributes) => {
        authorized.push(attributes);
        return { decision: refuse.create ? 'noOpinion' : 'allow', reason: '' };
      },
    },
    connectProxy: {
      answer: async (_request: unknown, _type: unknown, _target: unknown, rest: string) => {
        passed.push(rest);
        return ANSWER;
      },
    },
  };
  const run = () => handleConnect(scope as unknown as RequestScope, env as unknown as HandlerEnvironment);
  return { run, asked, admitted, authorized, passed, refuse };
}

describe('a request to what stands behind the API', () => {
  it('is admitted with its options, as a connection', async () => {
    const { run, admitted } = play('stream', 'POST', `${EXEC}?command=ls`);
    expect(await run()).toBe(ANSWER);
    expect(admitted).toMatchObject([
      {
        operation: 'CONNECT',
        kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
        resource: { resource: 'pods' },
        subresource: 'exec',
        namespace: 'n',
        name: 'web',
        object: { kind: 'PodExecOptions' },
      },
    ]);
  });

  it('goes nowhere when admission refuses', async () => {
    const { run, refuse, asked } = play('proxy', 'GET', '/api/v1/namespaces/n/pods/web/proxy/x');
    refuse.admission = true;
    await expect(run()).rejects.toMatchObject({ code: 403 });
    expect(asked).toEqual([]);
  });

  it('needs the right to create where a GET runs a command, and not where a POST has shown it', async () => {
    const reading = play('stream', 'GET', EXEC);
    await reading.run();
    expect(reading.authorized).toMatchObject([{ verb: 'create', resource: 'pods', subresource: 'exec', name: 'web' }]);
    reading.refuse.create = true;
    await expect(reading.run()).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    const creating = play('stream', 'POST', EXEC);
    await creating.run();
    const log = play('log', 'GET', '/api/v1/namespaces/n/pods/web/log');
    await log.run();
    expect([...creating.authorized, ...log.authorized, ...log.admitted]).toEqual([]);
  });

  it.each([
    ['/api/v1/namespaces/n/pods/web/proxy', '', ''],
    ['/api/v1/namespaces/n/pods/web/proxy/', '/', ''],
    ['/api/v1/namespaces/n/pods/web/proxy/a%2Fb/../c/?x=y&z', '/a%2Fb/../c/', '?x=y&z'],
    ['/api/v1/namespaces/n/pods/https%3Aweb%3A1/proxy/a', '/a', ''],
    ['/api/v1/nodes/near/proxy/stats?only=cpu', '/stats', '?only=cpu'],
  ])('to %s asks for what was written behind it', async (url, path, search) => {
    const { run, asked, passed } = play('proxy', 'GET', url);
    await run();
    expect(asked).toMatchObject([{ path, search }]);
    expect(passed).toEqual([path]);
  });

  it('has its methods, and is never dry', async () => {
    await expect(play('proxy', 'PUT', EXEC).run()).rejects.toMatchObject({ code: 405 });
    const dry = play('stream', 'POST', `${EXEC}?dryRun=All`);
    await expect(dry.run()).rejects.toMatchObject({ code: 400, message: 'dryRun is not supported' });
  });
});
