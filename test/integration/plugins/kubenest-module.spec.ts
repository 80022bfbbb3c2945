import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsString } from 'class-validator';
import { ApiObject, ApiResource, ApiServer, Field, KubenestModule, Plugin } from 'kubenest';
import { expect, it } from 'vitest';

class NoteSpec {
  @IsString() text = 'nothing';
}

@ApiResource({ group: 'notes.example.com', version: 'v1', scope: 'Cluster' })
class Note extends ApiObject {
  @Field() spec!: NoteSpec;
}

@Plugin({ resources: [Note] })
class Notes {}

/** A service of a program that is a Nest application of its own. */
@Injectable()
class Notebook {
  constructor(private readonly server: ApiServer) {}

  write(name: string): Promise<Note> {
    return this.server.client.for(Note).create({ metadata: { name }, spec: {} });
  }
}

@Module({ imports: [KubenestModule.forRoot({ plugins: [Notes] })], providers: [Notebook] })
class Program {}

it('KubenestModule.forRoot makes a server with plugins part of a Nest application, and ends it with that', async () => {
  const program = await NestFactory.createApplicationContext(Program, { logger: false });
  const server = program.get(ApiServer);
  await program.get(Notebook).write('a');
  expect((await server.client.for(Note).get('a')).spec).toEqual({ text: 'nothing' });
  const { url } = server;
  await program.close();
  await expect(fetch(url)).rejects.toThrow();
  await expect(server.client.for(Note).watch().next()).resolves.toEqual({ done: true, value: undefined });
});
