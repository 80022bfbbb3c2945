import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileServer } from '../support/compile-server.js';
import { startServerProcess } from '../support/server-process.js';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('a server that cannot start', () => {
  let folder: string;
  let entry: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubenest-start-'));
    entry = await compileServer();
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const start = (...args: string[]) =>
    new Promise<Ended>((resolve) => {
      const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const out = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => {
        out.stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        out.stderr += chunk.toString();
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, ...out });
      });
    });

  const data = (name: string) => ['--data-dir', join(folder, name), '--secure-port', '0'];

  const expectOneLine = ({ code, stderr }: Ended, ...wanted: string[]) => {
    for (const text of wanted) expect(stderr).toContain(text);
    expect(stderr).toMatch(/^kubenest: [^\n]+\n$/);
    expect([1, 2]).toContain(code);
  };

  it('for a wrong flag says so in one line', async () => {
    expectOneLine(await start('--secure-prot=1'), '--secure-prot', 'did you mean --secure-port?');
  });

  it('for a wrong value says so in one line', async () => {
    expectOneLine(await start('--secure-port=many'), '--secure-port', '"many"');
  });

  it('for a port that is taken says so in one line', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const port = String((other.address() as AddressInfo).port);
    expectOneLine(await start('--data-dir', join(folder, 'port'), '--secure-port', port), port, 'is taken');
    other.close();
  });

  it('for a certificate that cannot be read says so in one line', async () => {
    const missing = join(folder, 'none.pem');
    const files = ['--tls-cert-file', missing, '--tls-private-key-file', missing];
    expectOneLine(await start(...data('tls'), ...files), '--tls-cert-file', missing);
  });

  it('for a certificate that is none says so in one line', async () => {
    const file = join(folder, 'no-cert.pem');
    writeFileSync(file, 'this is no certificate\n');
    const files = ['--tls-cert-file', file, '--tls-private-key-file', file];
    expectOneLine(await start(...data('tls'), ...files), '--tls-');
  });

  it('for a token file that cannot be read says so in one line', async () => {
    const missing = join(folder, 'none.csv');
    expectOneLine(await start(...data('tokens'), '--token-auth-file', missing), '--token-auth-file', missing);
  });

  it('for a data folder that is a file says so in one line', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expectOneLine(await start('--data-dir', file, '--secure-port', '0'), file);
  });

  it('for data that is no database says so in one line', async () => {
    const dataDir = join(folder, 'broken');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'state.db'), 'this is no database, however long it is. '.repeat(100));
    expectOneLine(await start('--data-dir', dataDir, '--secure-port', '0'), 'state.db');
  });

  it('for data of a newer release says so in one line, and leaves it alone', async () => {
    const dataDir = join(folder, 'newer');
    const server = await startServerProcess({ dataDir });
    await server.kill('SIGTERM');
    const database = new sqlite3.Database(join(dataDir, 'state.db'));
    await new Promise<void>((resolve, reject) => {
      const sql = "UPDATE storage_meta SET value = '99' WHERE name = 'data_format'";
      database.run(sql, (error) => (error === null ? resolve() : reject(error)));
    });
    await new Promise<void>((resolve) => database.close(() => resolve()));
    expectOneLine(await start('--data-dir', dataDir, '--secure-port', '0'), 'newer');
  });

  it('for data that another server has open says so in one line', async () => {
    const dataDir = join(folder, 'shared');
    const server = await startServerProcess({ dataDir });
    try {
      expectOneLine(await start('--data-dir', dataDir, '--secure-port', '0'), dataDir);
    } finally {
      await server.stop();
    }
  });
});
