import { describe, expect, it } from 'vitest';
import type { UserInfo } from '../../meta/user-info.js';
import { AccessAnswers, evaluateAsking } from '../access-answers.js';
import { compileCel } from '../compile.js';
import { Environment } from '../environment.js';
import { Program } from '../evaluate.js';
import { DYN } from '../type.js';
import {
  type AccessDecision,
  type AccessQuestion,
  AUTHORIZER,
  AUTHORIZER_LIBRARY,
  authorizerValue,
  RESOURCE_CHECK,
  requestResourceValue,
} from './authorizer.js';
import { KUBERNETES_LIBRARIES, KUBERNETES_SYNTAX } from './kubernetes.js';
import { namespaceObjectValue } from './namespace-object.js';

const COST_MAX = 10_000_000;
const ALICE: UserInfo = { name: 'alice', uid: '1', groups: ['dev'], extra: {} };
const REQUEST = { group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'n', name: 'web' };
const environment = Environment.of([...KUBERNETES_LIBRARIES, AUTHORIZER_LIBRARY], KUBERNETES_SYNTAX).extend([
  ['authorizer', AUTHORIZER],
  ['authorizer.requestResource', RESOURCE_CHECK],
  ['namespaceObject', DYN],
]);

type Ask = (question: AccessQuestion) => AccessDecision | Promise<AccessDecision>;

function evaluate(source: string, ask: Ask) {
  const access = new AccessAnswers(ask);
  const variables = {
    authorizer: authorizerValue(access, ALICE),
    'authorizer.requestResource': requestResourceValue(access, ALICE, REQUEST),
  };
  return evaluateAsking(new Program(compileCel(source, environment)), variables, COST_MAX);
}

/** What an expression asks, without what is empty. */
async function questionsOf(source: string): Promise<object[]> {
  const asked: object[] = [];
  await evaluate(source, (question) => {
    asked.push(Object.fromEntries(Object.entries(question).filter(([, value]) => value !== '')));
    return { allowed: true, reason: '' };
  });
  return asked;
}

describe('the authorizer of expressions', () => {
  it.each<[string, object]>([
    ['authorizer.path("/healthz").check("get").allowed()', { path: '/healthz', verb: 'get' }],
    ['authorizer.group("").resource("pods").check("list").allowed()', { resource: 'pods', verb: 'list' }],
    [
      'authorizer.group("apps").resource("deployments").subresource("status").namespace("n").name("x").check("update").allowed()',
      { group: 'apps', resource: 'deployments', subresource: 'status', namespace: 'n', name: 'x', verb: 'update' },
    ],
    [
      'authorizer.group("").resource("pods").fieldSelector("spec.nodeName=a").labelSelector("app").check("list").allowed()',
      { resource: 'pods', fieldSelector: 'spec.nodeName=a', labelSelector: 'app', verb: 'list' },
    ],
    ['authorizer.requestResource.check("create").allowed()', { ...REQUEST, verb: 'create' }],
    [
      'authorizer.requestResource.name("").subresource("").check("create").allowed()',
      { group: 'apps', resource: 'deployments', namespace: 'n', verb: 'create' },
    ],
  ])('%s', async (source, question) => {
    expect(await questionsOf(source)).toEqual([{ ...question, user: ALICE }]);
  });

  it('asks for a service account', async () => {
    const source = 'authorizer.serviceAccount("n", "robot").group("").resource("pods").check("get").allowed()';
    expect(await questionsOf(source)).toMatchObject([
      {
        user: {
          name: 'system:serviceaccount:n:robot',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:n'],
        },
      },
    ]);
  });

  it('reads a decision', async () => {
    const decision = 'authorizer.requestResource.check("get")';
    const refused: AccessDecision = { allowed: false, reason: 'no', error: 'unsure' };
    for (const source of [
      `!${decision}.allowed()`,
      `${decision}.reason() == "no"`,
      `${decision}.errored()`,
      `${decision}.error() == "unsure"`,
    ]) {
      expect(await evaluate(source, () => refused), source).toMatchObject({ value: true });
    }
    const allowed: AccessDecision = { allowed: true, reason: '' };
    for (const source of [
      `${decision}.allowed()`,
      `!${decision}.errored()`,
      `${decision}.error() == ""`,
      `${decision}.reason() == ""`,
    ]) {
      expect(await evaluate(source, () => allowed), source).toMatchObject({ value: true });
    }
  });

  it.each([
    ['authorizer.path(" ").check("get").allowed()', 'path must not be empty'],
    ['authorizer.group("").resource("").check("get").allowed()', 'resource must not be empty'],
    ['authorizer.serviceAccount("N", "a").path("/").check("get").allowed()', 'Invalid service account namespace'],
    ['authorizer.serviceAccount("n", "A").path("/").check("get").allowed()', 'Invalid service account name'],
  ])('%s fails', async (source, failure) => {
    expect(await evaluate(source, () => ({ allowed: true, reason: '' }))).toMatchObject({ failure });
  });

  it('waits for answers, and asks each question once', async () => {
    const asked: string[] = [];
    const source =
      'authorizer.path("/a").check("get").allowed() && authorizer.path("/b").check("get").allowed() && authorizer.path("/a").check("get").allowed()';
    const outcome = await evaluate(source, async ({ path }) => {
      asked.push(path);
      return { allowed: true, reason: '' };
    });
    expect(outcome).toMatchObject({ value: true });
    expect(asked).toEqual(['/a', '/b']);
  });

  it('costs so much that questions are few', async () => {
    const source = '[1, 2].all(n, authorizer.path("/a").check("get").allowed())';
    expect((await evaluate(source, () => ({ allowed: true, reason: '' }))).cost).toBeGreaterThan(700_000);
  });
});

describe('the namespace of expressions', () => {
  const namespace = {
    metadata: {
      name: 'n',
      labels: { tier: 'web' },
      managedFields: [],
      uid: 'u',
      creationTimestamp: '2024-01-01T00:00:00Z',
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active', conditions: [] },
  };

  it.each([
    ['namespaceObject.metadata.labels["tier"] == "web" && namespaceObject.metadata.name == "n"', true],
    ['namespaceObject.spec.finalizers == ["kubernetes"] && namespaceObject.status.phase == "Active"', true],
    ['namespaceObject.metadata.creationTimestamp < timestamp("2025-01-01T00:00:00Z")', true],
    ['has(namespaceObject.metadata.managedFields)', false],
    ['has(namespaceObject.status.conditions)', false],
  ])('%s', (source, value) => {
    const program = new Program(compileCel(source, environment));
    expect(program.evaluate({ namespaceObject: namespaceObjectValue(namespace) }, COST_MAX)).toMatchObject({ value });
  });

  it('is null where there is none', () => {
    const program = new Program(compileCel('namespaceObject == null', environment));
    expect(program.evaluate({ namespaceObject: namespaceObjectValue(undefined) }, COST_MAX)).toMatchObject({
      value: true,
    });
  });
});
