import { request } from 'node:https';
import { type ApiServer, createApiServer, type KubeObject } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImagePolicy } from './image-policy.plugin.js';

function pod(name: string, image: string): KubeObject {
  return { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'main', image }] } };
}

/** As somebody of a team would send it. */
function createAs(
  server: ApiServer,
  group: string,
  object: KubeObject,
): Promise<{ body: KubeObject; warning: string }> {
  const { caCert: ca, adminCert: cert, adminKey: key, url } = server;
  const headers = { 'content-type': 'application/json', 'impersonate-user': 'ann', 'impersonate-group': group };
  return new Promise((resolve, reject) => {
    const path = `${url}/api/v1/namespaces/default/pods`;
    const sent = request(path, { method: 'POST', ca, cert, key, headers, agent: false }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      resolve({ body: JSON.parse(text) as KubeObject, warning: String(answer.headers['warning'] ?? '') });
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(object));
  });
}

describe('the image policy', () => {
  let server: ApiServer;
  beforeAll(async () => {
    const flags = { 'authorization-mode': 'AlwaysAllow', 'disable-admission-plugins': 'ServiceAccount' };
    server = await createApiServer({ plugins: [ImagePolicy], flags });
  });
  afterAll(() => server.close());

  it('lets images of the registry in, labels the pod with the team, and warns of what has no tag', async () => {
    const { body, warning } = await createAs(server, 'team-tea', pod('a', 'registry.example.com/brew'));
    expect(body.metadata.labels).toEqual({ 'example.com/team': 'team-tea' });
    expect(warning).toContain('container main runs whatever is the latest registry.example.com/brew');
  });

  it('refuses other images', async () => {
    const refused = server.client.resource({ apiVersion: 'v1', resource: 'pods' }).create(pod('b', 'docker.io/brew:1'));
    await expect(refused).rejects.toMatchObject({
      code: 403,
      message: 'pods "b" is forbidden: container main runs docker.io/brew:1, which is not of registry.example.com/',
    });
  });

  it('asks again when a pod changes', async () => {
    const pods = server.client.resource({ apiVersion: 'v1', resource: 'pods' });
    const pod = await pods.get('a', { namespace: 'default' });
    const [container] = (pod['spec'] as { containers: { image: string }[] }).containers;
    container!.image = 'docker.io/brew:1';
    await expect(pods.update(pod)).rejects.toMatchObject({ code: 403 });
  });
});
