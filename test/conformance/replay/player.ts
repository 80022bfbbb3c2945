import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, ReplayClient } from './client.js';
import { compare } from './compare.js';
import { Hooks } from './hooks.js';
import { dumpJson, Float, isObject, type Json, type JsonObject, parseJson } from './json.js';
import { Normalizer } from './normalize.js';
import { asText, dig, sortAt } from './paths.js';
import type { Scenario, Step } from './scenario.js';
import { readEvents } from './watch.js';

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  jsonpatch: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
  proto: 'application/vnd.kubernetes.protobuf',
  raw: 'application/json',
};
const as = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`;
const ACCEPTS: Readonly<Record<string, string>> = {
  json: 'application/json',
  table: as('Table'),
  meta: as('PartialObjectMetadata'),
  metalist: as('PartialObjectMetadataList'),
  discovery: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
  yaml: 'application/yaml',
  proto: 'application/vnd.kubernetes.protobuf',
  any: '*/*',
};
const HEADERS = ['content-type', 'warning', 'allow', 'location', 'retry-after', 'www-authenticate'];
const WATCH_SECONDS = 5;
const RETRY_SECONDS = 10;
const RETRY_PAUSE_MS = 100;
const NAME_CHARACTERS = 45;

export interface Difference {
  /** Which step, counted from 0; `2.1` is one during a watch. */
  readonly at: string;
  readonly what: string;
  readonly found: readonly string[];
}

/** Plays a scenario. @returns what differs from the recording: nothing when all is the same */
export async function playScenario(scenario: Scenario, client: ReplayClient): Promise<Difference[]> {
  return new Player(scenario, client).play();
}

class Player {
  private readonly variables = new Map<string, Json>();
  private readonly differences: Difference[] = [];
  private readonly hooks: Hooks | undefined;
  private hookAddress: { readonly port: number; readonly ca: string } | undefined;

  constructor(
    private readonly scenario: Scenario,
    private readonly client: ReplayClient,
  ) {
    const name = scenario.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, NAME_CHARACTERS);
    this.variables.set('ns', `g-${name.replaceAll(/^-+|-+$/g, '')}-${randomBytes(3).toString('hex')}`);
    if (scenario.hooks !== undefined) this.hooks = new Hooks(scenario.newest);
  }

  async play(): Promise<Difference[]> {
    try {
      await this.prepare();
      for (const [at, step] of this.scenario.steps.entries()) await this.step(step, String(at));
    } catch (error) {
      // A server that hangs up fails the scenario, not the replay.
      this.differences.push({ at: '-', what: 'the conversation', found: [String(error)] });
    } finally {
      await this.cleanUp();
    }
    return this.differences;
  }

  private async prepare(): Promise<void> {
    if (this.hooks !== undefined) {
      this.hookAddress = { port: await this.hooks.listen(), ca: this.hooks.ca };
      this.variables.set('hookPort', this.hookAddress.port).set('hookCA', this.hookAddress.ca);
      this.hooks.routes = this.fill(this.scenario.hooks as unknown as Json) as unknown as Hooks['routes'];
    }
    if (this.scenario.noNamespace) return;
    const body = Buffer.from(dumpJson({ metadata: { name: this.namespace } }));
    const headers = { 'Content-Type': 'application/json' };
    await this.client.send({ method: 'POST', path: '/api/v1/namespaces', body, headers });
  }

  private async cleanUp(): Promise<void> {
    const paths = [...(this.scenario.cleanup ?? []).map((path) => this.fillText(path))];
    if (!this.scenario.noNamespace) paths.push(`/api/v1/namespaces/${this.namespace}`);
    for (const path of paths) await this.client.send({ method: 'DELETE', path }).catch(() => undefined);
    this.hooks?.close();
  }

  private get namespace(): string {
    return String(this.variables.get('ns'));
  }

  private fill(value: Json): Json {
    if (typeof value === 'string') return this.fillText(value);
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.fillText(key), this.fill(item)]));
  }

  private fillText(text: string): string {
    return text.replaceAll(/\$\{?([A-Za-z_]\w*)\}?/g, (all, name: string) => {
      const value = this.variables.get(name);
      return value === undefined ? all : asText(value);
    });
  }

  private async step(step: Step, at: string): Promise<void> {
    if (step.sleep !== undefined) return void (await delay(Number(plain(step.sleep)) * 1_000));
    const got = await this.play1(step, at);
    if (step.expect === undefined) return;
    const found = compare(step.expect, new Normalizer(step, this.variables, this.hookAddress).value(got));
    const what = step.do ?? `WATCH ${step.watch ?? ''}${step.hook ?? ''}`;
    if (found.length > 0) this.differences.push({ at, what, found });
  }

  private play1(step: Step, at: string): Promise<Json> {
    if (step.watch !== undefined) return this.watch(step, step.watch, at);
    return step.hook !== undefined ? this.hooked(step, step.hook) : this.once(step);
  }

  private send(step: Step): Promise<Answer> {
    const filled = this.fillText(step.do ?? '');
    const space = filled.indexOf(' ');
    const headers: Record<string, string | null> = {};
    let body: Buffer | undefined;
    if (step.body !== undefined && step.body !== null) {
      headers['Content-Type'] = TYPES[step.type ?? 'json'] ?? '';
      body = this.encode(this.fill(step.body), step.type);
    }
    if (step.accept !== undefined) headers['Accept'] = ACCEPTS[step.accept] ?? step.accept;
    for (const [name, value] of Object.entries(this.fill(step.headers ?? {}) as Record<string, string | null>)) {
      headers[name] = value;
    }
    const who = this.fillText(step.as ?? 'admin');
    return this.client.send({ method: filled.slice(0, space), path: filled.slice(space + 1), body, headers, who });
  }

  private encode(body: Json, type: string | undefined): Buffer {
    if (type === 'proto') return Buffer.from(String(body), 'base64');
    // Texts were recorded as Latin-1.
    return Buffer.from(typeof body === 'string' ? body : dumpJson(body), 'latin1');
  }

  private async once(step: Step): Promise<Json> {
    const end = performance.now() + Number(plain(step.retry?.seconds ?? RETRY_SECONDS)) * 1_000;
    let answer = await this.send(step);
    let body = bodyOf(answer);
    while (!this.settled(step, answer, body) && performance.now() <= end) {
      await delay(RETRY_PAUSE_MS);
      answer = await this.send(step);
      body = bodyOf(answer);
    }
    const { status, headers } = answer;
    for (const [name, path] of Object.entries(step.save ?? {})) {
      const header = path.startsWith('header:') ? (headers[path.slice('header:'.length)] ?? null) : undefined;
      this.variables.set(name, header !== undefined ? header : dig(body, this.fillText(path)));
    }
    const kept = step.keep === undefined ? body : this.keep(body, step.keep);
    for (const path of step.unordered ?? []) sortAt(kept, path);
    const shown: JsonObject = {};
    for (const name of HEADERS) if (headers[name] !== undefined) shown[name] = headers[name];
    if (headers['warning'] !== undefined) {
      shown['warning'] = (headers['warning'].match(/299 - "(?:[^"\\]|\\.)*"/g) ?? []).sort();
    }
    return { status, headers: shown, body: kept };
  }

  private settled({ retry }: Step, { status }: Answer, body: Json): boolean {
    return Object.entries(retry?.until ?? {}).every(([path, wanted]) => {
      const value = path === 'status' ? status : dig(body, this.fillText(path));
      return compare(this.fill(wanted), value).length === 0;
    });
  }

  private keep(body: Json, paths: readonly string[]): JsonObject {
    return Object.fromEntries(paths.map((path) => [path, dig(body, this.fillText(path))]));
  }

  private async hooked(step: Step, path: string): Promise<Json> {
    await delay(Number(plain(step.seconds ?? 0)) * 1_000);
    const seen = (this.hooks?.requests ?? []).filter((request) => request['path'] === path);
    const { keep } = step;
    if (keep === undefined) return { requests: [...seen] };
    return { requests: seen.map((request) => Object.fromEntries(keep.map((each) => [each, dig(request, each)]))) };
  }

  private async watch(step: Step, path: string, at: string): Promise<Json> {
    const timeoutMs = Number(plain(step.seconds ?? WATCH_SECONDS)) * 1_000;
    const accept = step.accept ?? 'json';
    const headers = { Accept: ACCEPTS[accept] ?? accept };
    const who = step.as ?? 'admin';
    const response = await this.client.open({ method: 'GET', path: this.fillText(path), headers, who, timeoutMs });
    const { events, done } = readEvents(response, step);
    for (const [sub, each] of (step.during ?? []).entries()) await this.step(each, `${at}.${sub}`);
    await Promise.race([done, delay(timeoutMs, undefined, { ref: false })]);
    response.destroy();
    return { status: response.statusCode ?? 0, events: [...events] };
  }
}

/** Seconds as the scenario writes them. */
function plain(value: number | Float): number {
  return value instanceof Float ? value.value : value;
}

function bodyOf({ headers, data }: Answer): Json {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/json') || type.endsWith('+json')) {
    try {
      return parseJson(data.toString());
    } catch {
      return data.toString();
    }
  }
  return type.includes('protobuf') ? { base64: data.toString('base64') } : data.toString();
}
