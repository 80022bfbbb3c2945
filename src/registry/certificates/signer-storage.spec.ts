import { expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import type { RegistrySecurity } from '../authorization/security-ports.js';
import { testEnvironment } from '../generic/testing.js';
import type { ResourceStore } from '../resource-store.js';
import { internalContext } from '../rest/context.js';
import type { UpdateOptions } from '../rest/storage.js';
import type { Strategy } from '../rest/strategy.js';
import { signerStorage } from './signer-storage.js';

const ctx = internalContext({ name: 'ann', uid: '', groups: [], extra: {} }, 'a');

/** What the endpoint says to a status, after its own rules and before admission. */
async function write(status: object, allowed: string): Promise<string[]> {
  const said: string[] = [];
  const request = (more: object) =>
    ({ metadata: { name: 'r' }, spec: { signerName: 'example.com/a' }, ...more }) as unknown as KubeObject;
  const store = {
    withStrategy: () => ({
      update: (_ctx: unknown, _name: string, _request: unknown, { validate }: UpdateOptions) =>
        validate?.(request({ status }), request({})),
    }),
  } as unknown as ResourceStore;
  const security = {
    access: {
      authorize: ({ verb, name }: { verb: string; name: string }) => {
        said.push(`${verb} ${name}`);
        return { decision: name === allowed ? 'allow' : 'noOpinion', reason: '' };
      },
    },
  } as unknown as RegistrySecurity;
  const storage = signerStorage(store, {} as Strategy, { ...testEnvironment(), security });
  const validate = () => void said.push('admission');
  try {
    await storage.update!(ctx, 'r', (old) => old!, { dryRun: false, validate } as unknown as UpdateOptions);
  } catch (error) {
    said.push((error as Error).message);
  }
  return said;
}

it('a changed status needs the verb sign on the signer or on its domain', async () => {
  const status = { conditions: [{ type: 'Denied' }] };
  expect(await write(status, 'example.com/a')).toEqual(['sign example.com/a', 'admission']);
  expect(await write(status, 'example.com/*')).toEqual(['sign example.com/a', 'sign example.com/*', 'admission']);
  expect(await write(status, '')).toEqual([
    'sign example.com/a',
    'sign example.com/*',
    'PodCertificateRequest.certificates.k8s.io "r" is invalid: spec.signerName: Forbidden: ' +
      'User "ann" is not permitted to "sign" for signer "example.com/a"',
  ]);
  expect(await write({}, '')).toEqual(['admission']);
});
