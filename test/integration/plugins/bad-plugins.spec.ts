import { Controller, Get, Injectable, Logger, type OnModuleInit, Scope } from '@nestjs/common';
import { IsInt, IsString } from 'class-validator';
import {
  Admission,
  type AdmissionRequest,
  type Admits,
  ApiObject,
  ApiResource,
  type ApiServer,
  Client,
  Conversion,
  type Converts,
  createApiServer,
  Field,
  type KubeObject,
  Plugin,
  type PluginModule,
  type Reconcile,
  type ReconcileRequest,
  Reconciles,
  Serves,
  type ServesObjects,
} from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HOME = { namespace: 'default' };

class Spec {
  @IsString() text = '';
}

@ApiResource({ group: 'bad.example.com', version: 'v1', kind: 'Thing' })
class Thing extends ApiObject {
  @Field() spec!: Spec;
}

class OtherSpec {
  @IsInt() length = 0;
}

@ApiResource({ group: 'bad.example.com', version: 'v2', kind: 'Thing' })
class OtherThing extends ApiObject {
  @Field() spec!: OtherSpec;
}

@Conversion(Thing, OtherThing)
class Breaks implements Converts<Thing, OtherThing> {
  convert({ metadata, spec }: Thing): OtherThing {
    if (spec.text === 'unlucky') throw new Error('no conversion today');
    if (spec.text === 'renamed') return { metadata: { ...metadata, name: 'another' }, spec: { length: 7 } };
    return { metadata, spec: { length: spec.text.length } };
  }

  convertBack({ metadata, spec }: OtherThing): Thing {
    return { metadata, spec: { text: 'x'.repeat(spec.length) } };
  }
}

@Admission(OtherThing, { operations: ['CREATE', 'UPDATE', 'DELETE'] })
class Minds implements Admits<OtherThing> {
  mutate({ object, operation }: AdmissionRequest<OtherThing>): void {
    if (operation === 'CREATE' && object!.spec.length === 3) object!.spec.length = 4;
  }

  validate({ object, oldObject, operation, denied }: AdmissionRequest<OtherThing>): void {
    if (object?.spec.length === 13) throw new TypeError('thirteen');
    if (operation === 'DELETE' && oldObject?.spec.length === 5) throw denied('five stays');
  }
}

@Reconciles(Thing, { name: 'stumbles' })
class Stumbles implements Reconcile<Thing> {
  seen = 0;

  reconcile({ name }: ReconcileRequest): void {
    if (name === 'stumble' && ++this.seen < 4) throw new Error(`stumbled over ${name}`);
  }
}

@ApiResource({ group: 'bad.example.com', version: 'v1', kind: 'Row', scope: 'Cluster' })
class Row extends ApiObject {
  @Field() spec!: Spec;
}

@Serves(Row, { pollMs: 10 })
class Rows implements ServesObjects<Row> {
  rows: Row[] = [{ metadata: { name: 'a' }, spec: { text: '1' } }];
  fails = false;

  list(): Row[] {
    if (this.fails) throw new Error('the database is away');
    return this.rows;
  }
}

@Plugin({
  name: 'bad',
  resources: [Thing, OtherThing, Row],
  providers: [Breaks, Minds, Stumbles, Rows],
})
class Bad {}

describe('what a plugin throws', () => {
  let server: ApiServer;
  const told: string[] = [];
  beforeAll(async () => {
    const tell = (message: unknown): void => void told.push(String(message));
    Logger.overrideLogger({ log: () => {}, warn: tell, error: tell });
    server = await createApiServer({ plugins: [Bad] });
  });
  afterAll(async () => {
    await server.close();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  const thing = (name: string, text: string) =>
    server.client.for(Thing).create({ metadata: { name, ...HOME }, spec: { text } });

  it('fails one conversion with its text, and no other', async () => {
    await thing('fine', 'abcdefg');
    await expect(thing('unlucky', 'unlucky')).rejects.toMatchObject({
      code: 500,
      message: expect.stringContaining('no conversion today') as string,
    });
    await expect(thing('renamed', 'renamed')).rejects.toThrow('must have the same name');
    expect((await server.client.for(OtherThing).get('fine', HOME)).spec).toEqual({ length: 7 });
  });

  it('is asked in its own version whatever the request is in, also about what goes', async () => {
    expect((await thing('three', 'abc')).spec.text).toBe('xxxx');
    await thing('five', 'abcde');
    await expect(server.client.for(Thing).delete('five', HOME)).rejects.toMatchObject({
      code: 403,
      message: 'things.bad.example.com "five" is forbidden: five stays',
    });
  });

  it('in admission fails that request, and names the plugin', async () => {
    await expect(thing('thirteen', 'x'.repeat(13))).rejects.toThrow('plugin bad: Minds: thirteen');
    await thing('after', 'ab');
  });

  it('in a reconciler is logged and tried again', async () => {
    await thing('stumble', 'ab');
    await expect.poll(() => server.get(Stumbles).seen).toBe(4);
    expect(told.some((text) => text.includes('stumbles: default/stumble: Error: stumbled over stumble'))).toBe(true);
  });

  it('in a projection fails requests until it is well, and ends no watch', async () => {
    const rows = server.client.for(Row);
    const source = server.get(Rows);
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of rows.watch({ signal: stop.signal }))
        seen.push(`${type} ${object.spec.text}`);
    })();
    await expect.poll(() => seen).toEqual(['ADDED 1']);
    source.fails = true;
    await expect(rows.list()).rejects.toThrow('plugin bad: Rows: the database is away');
    await expect.poll(() => told.some((text) => text.includes('the database is away'))).toBe(true);
    source.fails = false;
    source.rows = [{ metadata: { name: 'a' }, spec: { text: '2' } }];
    await expect.poll(() => seen).toEqual(['ADDED 1', 'MODIFIED 2']);
    source.rows = [{ metadata: {} } as Row];
    await expect(rows.list()).rejects.toThrow('lists an object without name');
    source.rows = [];
    await expect.poll(() => seen.at(-1)).toBe('DELETED 2');
    stop.abort();
    await watching;
  });
});

describe('a plugin that never ends', () => {
  @Reconciles(Thing, { name: 'hangs' })
  class Hangs implements Reconcile<Thing> {
    begun = false;

    reconcile(): Promise<void> {
      this.begun = true;
      return new Promise(() => {});
    }
  }

  @Plugin({ resources: [Thing], providers: [Hangs] })
  class Hanging {}

  it('keeps no server from ending', async () => {
    const server = await createApiServer({ plugins: [Hanging] });
    await server.client.for(Thing).create({ metadata: { name: 'a', ...HOME }, spec: { text: '' } });
    await expect.poll(() => server.get(Hangs).begun).toBe(true);
    await server.close();
  }, 15_000);
});

describe('a plugin that cannot start', () => {
  @Injectable()
  class Early implements OnModuleInit {
    onModuleInit(): void {
      throw new Error('too early');
    }
  }

  @Plugin({ name: 'early', providers: [Early] })
  class EarlyPlugin {}

  @Controller('hello')
  class Hello {
    @Get() hello(): string {
      return 'hello';
    }
  }

  @Plugin({ name: 'routes', controllers: [Hello] })
  class Routes {}

  @Reconciles(Thing, { name: 'garbage-collector-controller' })
  class Collector implements Reconcile<Thing> {
    reconcile(): void {}
  }

  @Plugin({ name: 'collects', resources: [Thing], providers: [Collector] })
  class Collects {}

  class Nobody {}

  @Reconciles(Nobody as never)
  class Lost implements Reconcile<Thing> {
    reconcile(): void {}
  }

  @Plugin({ name: 'lost', providers: [Lost] })
  class LostPlugin {}

  @Plugin({ name: 'foreign', providers: [Rows] })
  class Foreign {}

  @Injectable({ scope: Scope.REQUEST })
  @Reconciles(Thing, { name: 'fleeting' })
  class Fleeting implements Reconcile<Thing> {
    reconcile(): void {}
  }

  @Plugin({ name: 'scoped', resources: [Thing], providers: [Fleeting] })
  class Scoped {}

  @Serves(Row)
  class MoreRows implements ServesObjects<Row> {
    list(): Row[] {
      return [];
    }
  }

  @Plugin({ name: 'twice', resources: [Row], providers: [Rows, MoreRows] })
  class Twice {}

  @Conversion(Thing, Row)
  class Apples implements Converts<Thing, Row> {
    convert(thing: Thing): Row {
      return thing;
    }

    convertBack(row: Row): Thing {
      return row;
    }
  }

  @Plugin({ name: 'fruit', resources: [Thing, Row], providers: [Apples] })
  class Fruit {}

  it.each<[PluginModule, string]>([
    [Twice, 'plugin twice: MoreRows is the second with @Serves(Row): leave one'],
    [Fruit, 'plugin fruit: Apples converts Thing to Row: only versions of one kind can be'],
    [Scoped, 'plugin scoped: Fleeting is made anew for each request: leave it at one'],
    [EarlyPlugin, 'plugin early: it fails as it starts: Error: too early'],
    [Routes, 'plugin routes: it has controllers, which are not served: answer with @Serves or @Subresource'],
    [Collects, 'plugin collects: there is a reconciler garbage-collector-controller already'],
    [LostPlugin, 'plugin lost: Nobody declares no resource: put @ApiResource'],
    [Foreign, "plugin foreign: Rows is for Row, which is none of the plugin's resources: add it to resources"],
  ])('is named, with what to do: %#', async (plugin, text) => {
    await expect(createApiServer({ plugins: [plugin] })).rejects.toThrow(text);
  });

  it('takes nothing down with it', async () => {
    await using server = await createApiServer();
    const { items } = await server.client.resource<KubeObject>({ apiVersion: 'v1', resource: 'namespaces' }).list();
    expect(items.length).toBeGreaterThan(3);
    expect(server.get(Client)).toBe(server.client);
  });
});
