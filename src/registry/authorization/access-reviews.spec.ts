import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta/object.js';
import { internalContext } from '../rest/context.js';
import { AccessReviewStorage, RulesReviewStorage } from './access-reviews.js';
import type { AccessQuestion } from './security-ports.js';

const caller = { name: 'ann', uid: '1', groups: ['dev'], extra: {} };

function storage(kind: ConstructorParameters<typeof AccessReviewStorage>[0]) {
  const asked: AccessQuestion[] = [];
  const access = {
    authorize: (question: AccessQuestion) => {
      asked.push(question);
      return { decision: question.verb === 'get' ? ('allow' as const) : ('noOpinion' as const), reason: 'because' };
    },
    rulesFor: () => ({ resource: [], nonResource: [], incomplete: false }),
  };
  const create = async (spec: object, metadata: object = {}, namespace = '') => {
    const review = { metadata, spec } as unknown as KubeObject;
    const view = await new AccessReviewStorage(kind, access).create(internalContext(caller, namespace), '', review, {
      dryRun: false,
    });
    return view.value()['status'];
  };
  return { asked, create, access };
}

describe('access reviews', () => {
  it('asks about the caller and tells the reason', async () => {
    const { asked, create } = storage('SelfSubjectAccessReview');
    expect(await create({ resourceAttributes: { verb: 'get', resource: 'pods' } })).toEqual({
      allowed: true,
      reason: 'because',
    });
    expect(asked[0]).toMatchObject({ user: caller, verb: 'get', resource: 'pods', resourceRequest: true });
  });

  it('asks about the subject named', async () => {
    const { asked, create } = storage('SubjectAccessReview');
    await create({ user: 'bob', groups: ['g'], nonResourceAttributes: { path: '/x', verb: 'list' } });
    expect(asked[0]).toMatchObject({ user: { name: 'bob', groups: ['g'] }, path: '/x', resourceRequest: false });
  });

  it('wants exactly one kind of attributes, a subject, and no metadata', async () => {
    const { create } = storage('SubjectAccessReview');
    await expect(create({})).rejects.toThrow(
      '.authorization.k8s.io "" is invalid: [spec: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    );
    await expect(create({ user: 'a', resourceAttributes: {}, nonResourceAttributes: { path: '/' } })).rejects.toThrow(
      'spec: Invalid value: {"Path":"/","Verb":""}: exactly one of',
    );
    await expect(create({ user: 'a', resourceAttributes: {} }, { name: 'x' })).rejects.toThrow(
      'metadata: Invalid value',
    );
  });

  it('keeps local reviews within their namespace', async () => {
    const { create } = storage('LocalSubjectAccessReview');
    const metadata = { namespace: 'shop' };
    await expect(create({ user: 'a', resourceAttributes: { namespace: 'bank' } }, metadata, 'shop')).rejects.toThrow(
      'spec.resourceAttributes.namespace: Invalid value: "bank": must match metadata.namespace',
    );
    await expect(create({ user: 'a', resourceAttributes: { namespace: 'shop' } }, metadata, 'bank')).rejects.toThrow(
      'must match namespace: bank',
    );
  });

  it('passes selectors on and tells what it could not read', async () => {
    const { asked, create } = storage('SubjectAccessReview');
    const status = await create({
      user: 'a',
      resourceAttributes: {
        verb: 'get',
        fieldSelector: {
          requirements: [
            { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
            { key: 'x', operator: 'Future' },
          ],
        },
        labelSelector: { rawSelector: 'app in (a' },
      },
    });
    expect(asked[0]?.fieldSelector).toBe('spec.nodeName=n1');
    expect(asked[0]?.labelSelector).toBeUndefined();
    expect(status).toMatchObject({
      evaluationError:
        'spec.resourceAttributes.fieldSelector partially ignored due to parse error; spec.resourceAttributes.labelSelector ignored due to parse error',
    });
  });

  it('refuses a selector given twice or not at all', async () => {
    const { create } = storage('SubjectAccessReview');
    const both = { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'Exists' }] };
    await expect(create({ user: 'a', resourceAttributes: { labelSelector: both } })).rejects.toThrow(
      'labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
    );
    await expect(create({ user: 'a', resourceAttributes: { fieldSelector: {} } })).rejects.toThrow(
      'fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified',
    );
  });
});

describe('RulesReviewStorage', () => {
  it('needs a namespace', async () => {
    const { access } = storage('SubjectAccessReview');
    const review = { metadata: {}, spec: { namespace: '' } } as KubeObject;
    await expect(
      new RulesReviewStorage(access).create(internalContext(caller, ''), '', review, { dryRun: false }),
    ).rejects.toThrow('no namespace on request');
  });
});
