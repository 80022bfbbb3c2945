import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '../support/api.js';
import { ResumingWatcher, type ResumingWatcherOptions } from '../support/resuming-watcher.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { briefly, type Predicate, type SeenEvent, WatchHistory, type WireEvent } from '../support/watch-history.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const NAMES = Array.from({ length: 8 }, (_, at) => `o-${at}`);
const WATCHED = 'o-3';
const WRITERS = 4;
const ROUNDS = 3;
const ROUND_MS = 2_500;
const LIST_EVERY_MS = 100;
const EXACT_LISTS = 60;
const CATCH_UP_MS = 20_000;
const TIMEOUT_MS = 120_000;

interface ListBody {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly WireEvent['object'][];
}

const dataDir = mkdtempSync(join(tmpdir(), 'kubenest-watches-'));
const flags = ['--reconcilers=-*'];
let server: ServerProcess;
/** By the value written: the revision of the answer, undefined where none came. */
const writes = new Map<string, number | undefined>();
const attemptedDeletes = new Set<string>();
/** UIDs of objects whose deletion was answered. */
const deleted: string[] = [];
const lists: { readonly revision: number; readonly state: Record<string, number> }[] = [];

function stateOf({ items }: ListBody): Record<string, number> {
  return Object.fromEntries(items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]));
}

async function list(query = ''): Promise<ListBody> {
  const reply = await asAdmin(server, `${MAPS}${query}`);
  expect(reply.status, reply.body).toBe(200);
  return JSON.parse(reply.body) as ListBody;
}

async function write(name: string, value: string, tier: string, method: 'POST' | 'PATCH'): Promise<void> {
  writes.set(value, undefined);
  const body = JSON.stringify({ metadata: { name, labels: { tier } }, data: { value } });
  const path = method === 'POST' ? MAPS : `${MAPS}/${name}`;
  const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json';
  const reply = await asAdmin(server, path, { method, body, headers: { 'content-type': type } });
  // It exists already, or does not: nothing was written.
  if (reply.status === 409 || reply.status === 404) writes.delete(value);
  else if (reply.status < 300) writes.set(value, Number((JSON.parse(reply.body) as ListBody).metadata.resourceVersion));
  else throw new Error(`${method} was answered with ${reply.status}: ${reply.body}`);
}

async function remove(name: string): Promise<void> {
  attemptedDeletes.add(name);
  const reply = await asAdmin(server, `${MAPS}/${name}`, { method: 'DELETE' });
  if (reply.status === 200) deleted.push((JSON.parse(reply.body) as { details: { uid: string } }).details.uid);
  else expect(reply.status, reply.body).toBe(404);
}

let valuesMade = 0;

async function writeOnce(): Promise<void> {
  const name = NAMES[Math.floor(Math.random() * NAMES.length)] ?? WATCHED;
  const tier = Math.random() < 0.5 ? 'a' : 'b';
  const dice = Math.random();
  if (dice < 0.3) await write(name, `v-${valuesMade++}`, tier, 'POST');
  else if (dice < 0.85) await write(name, `v-${valuesMade++}`, tier, 'PATCH');
  else await remove(name);
}

/** Repeats until the time is up; a connection that breaks ends it when the server is being killed. */
async function repeat(work: () => Promise<void>, untilMs: number, killed: () => boolean): Promise<void> {
  while (!killed() && Date.now() < untilMs) {
    try {
      await work();
    } catch (error) {
      if (!killed()) throw error;
    }
  }
}

async function listOnce(): Promise<void> {
  const body = await list();
  lists.push({ revision: Number(body.metadata.resourceVersion), state: stateOf(body) });
  await delay(LIST_EVERY_MS);
}

/** Writers and listers at work; the server is killed in the middle of it where it is to start again. */
async function round(restart: boolean): Promise<void> {
  let killed = false;
  const untilMs = Date.now() + ROUND_MS + (restart ? ROUND_MS : 0);
  const tasks = Array.from({ length: WRITERS }, () => repeat(writeOnce, untilMs, () => killed));
  tasks.push(repeat(listOnce, untilMs, () => killed));
  if (!restart) {
    await Promise.all(tasks);
    return;
  }
  const atWork = Promise.all(tasks);
  await Promise.race([delay(ROUND_MS), atWork]);
  killed = true;
  await server.kill('SIGKILL');
  await atWork;
  server = await startServerProcess({ dataDir, flags, port: server.port });
}

/** An event that every watcher sees. @returns its revision */
async function writeMark(): Promise<number> {
  await remove(WATCHED);
  await write(WATCHED, 'mark', 'a', 'POST');
  const revision = writes.get('mark');
  expect(revision).toBeGreaterThan(0);
  return revision ?? 0;
}

async function historyFrom(resourceVersion: string, mark: number): Promise<WatchHistory> {
  const reader = new ResumingWatcher({ url: server.url, path: MAPS, query: {}, resourceVersion });
  const reading = reader.run();
  await until(() => reader.last >= mark);
  reader.stop();
  await reading;
  expect(reader.faults).toEqual([]);
  return new WatchHistory(reader.events);
}

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + CATCH_UP_MS; !what() && Date.now() < end; ) await delay(20);
}

const all: Predicate = () => true;
const tierA: Predicate = ({ labels }) => labels['tier'] === 'a';
const named: Predicate = ({ name }) => name === WATCHED;

interface Kind {
  readonly what: string;
  readonly sees: Predicate;
  readonly options: Pick<ResumingWatcherOptions, 'query' | 'cutAfterMsMax'>;
}

/** The server ends watches of three seconds, with a bookmark a second after their start. */
const ENDED = { timeoutSeconds: '3' };
const KINDS: readonly Kind[] = [
  { what: 'of all, left alone', sees: all, options: { query: {} } },
  { what: 'of all, cut', sees: all, options: { query: {}, cutAfterMsMax: 400 } },
  { what: 'of all, ended by the server', sees: all, options: { query: ENDED } },
  {
    what: 'of a name, cut',
    sees: named,
    options: { query: { fieldSelector: `metadata.name=${WATCHED}` }, cutAfterMsMax: 400 },
  },
  {
    what: 'of a name, ended',
    sees: named,
    options: { query: { fieldSelector: `metadata.name=${WATCHED}`, ...ENDED } },
  },
  { what: 'of labels, left alone', sees: tierA, options: { query: { labelSelector: 'tier=a' } } },
  { what: 'of labels, cut', sees: tierA, options: { query: { labelSelector: 'tier in (a)' }, cutAfterMsMax: 400 } },
  { what: 'of labels, ended', sees: tierA, options: { query: { labelSelector: 'tier=a', ...ENDED } } },
];

describe('watches under writers, cuts and crashes', () => {
  let history = new WatchHistory([]);
  const watchers: (Kind & { readonly watcher: ResumingWatcher })[] = [];

  beforeAll(async () => {
    server = await startServerProcess({ dataDir, flags });
    const { metadata } = await list(`?labelSelector=tier`);
    const running: Promise<void>[] = [];
    for (const kind of KINDS) {
      const where = { url: server.url, path: MAPS, resourceVersion: metadata.resourceVersion };
      const watcher = new ResumingWatcher({ ...where, ...kind.options });
      watchers.push({ ...kind, watcher });
      running.push(watcher.run());
    }
    for (let at = 1; at <= ROUNDS; at++) await round(at < ROUNDS);
    const mark = await writeMark();
    await until(() => watchers.every(({ watcher }) => watcher.last >= mark));
    for (const { watcher } of watchers) watcher.stop();
    await Promise.all(running);
    history = await historyFrom(metadata.resourceVersion, mark);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it.each(KINDS)('give every event once and in order: $what', ({ what, sees }) => {
    const found = watchers.find((one) => one.what === what);
    expect(found?.watcher.faults).toEqual([]);
    expect(found?.watcher.events.map(briefly)).toEqual(history.seenBy(sees));
  });

  it('give the same objects, whoever watches', () => {
    const values = new Map(history.events.map(({ revision, uid, value }) => [revision, `${uid} ${value}`]));
    for (const { watcher } of watchers) {
      const changes = watcher.events.filter(({ type }) => type !== 'DELETED');
      expect(changes.length).toBeGreaterThan(0);
      for (const { revision, uid, value } of changes) expect(`${uid} ${value}`).toBe(values.get(revision));
    }
  });

  it('go on from bookmarks where nothing else was to be told', () => {
    const ended = watchers.filter(({ options }) => 'timeoutSeconds' in options.query);
    for (const { watcher } of ended) {
      expect(watcher.connections).toBeGreaterThan(2);
      expect(watcher.bookmarks).toBeGreaterThan(0);
    }
  });

  it('lose no write that was answered and invent none', () => {
    const changes = history.events.filter(({ type }) => type !== 'DELETED');
    const revisions = new Map(changes.map(({ value, revision }) => [value, revision]));
    expect(revisions.size).toBe(changes.length);
    expect(writes.size).toBeGreaterThan(100);
    for (const [value, revision] of writes) if (revision !== undefined) expect(revisions.get(value)).toBe(revision);
    for (const value of revisions.keys()) expect(writes.has(value), value).toBe(true);
    const gone = history.events.filter(({ type }) => type === 'DELETED');
    const uids = gone.map(({ uid }: SeenEvent) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of deleted) expect(uids).toContain(uid);
    for (const { name } of gone) expect(attemptedDeletes).toContain(name);
  });

  it('agree with the lists that were made meanwhile', () => {
    expect(lists.length).toBeGreaterThan(10);
    for (const { revision, state } of lists) expect(ours(state)).toEqual(history.stateAt(revision));
  });

  it('agree with lists of exact revisions', async () => {
    const step = Math.max(1, Math.floor(history.events.length / EXACT_LISTS));
    for (let at = 0; at < history.events.length; at += step) {
      const { revision } = history.events[at]!;
      const body = await list(`?resourceVersion=${revision}&resourceVersionMatch=Exact`);
      expect(Number(body.metadata.resourceVersion)).toBe(revision);
      expect(ours(stateOf(body))).toEqual(history.stateAt(revision));
    }
  });

  it('start with what a list gives where initial events are asked for', async () => {
    const query =
      'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
    const reply = await asAdmin(server, `${MAPS}?${query}`);
    const events = reply.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as WireEvent);
    const mark = events.findIndex(({ type }) => type === 'BOOKMARK');
    expect(mark).toBeGreaterThan(0);
    const items = events.slice(0, mark).map(({ object }) => object);
    const revision = Number(events[mark]!.object.metadata.resourceVersion);
    expect(new Set(events.slice(0, mark).map(({ type }) => type))).toEqual(new Set(['ADDED']));
    expect(ours(stateOf({ metadata: { resourceVersion: '' }, items }))).toEqual(history.stateAt(revision));
  });
});

/** Without what the server itself keeps there. */
function ours(state: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => NAMES.includes(name)));
}
