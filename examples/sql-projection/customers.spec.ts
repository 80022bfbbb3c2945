import { type ApiServer, createApiServer, type ObjectEvent } from 'kubenest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Customer, Shop, ShopDatabase } from './customers.plugin.js';

const INSERT = "INSERT INTO customers VALUES ('c1', 'Cyn', 'cyn@example.com', 'NO', 5)";

describe('customers of a table', () => {
  let server: ApiServer;
  const customers = () => server.client.for(Customer);
  beforeAll(async () => {
    server = await createApiServer({ plugins: [Shop] });
    await server.get(ShopDatabase).all(INSERT);
  });
  afterAll(() => server.close());

  it('are read from its rows', async () => {
    const spec = { fullName: 'Cyn', email: 'cyn@example.com', country: 'NO', credit: 5 };
    expect(await customers().get('c1')).toMatchObject({ kind: 'Customer', metadata: { name: 'c1' }, spec });
    await expect(customers().get('c2')).rejects.toThrow('customers.shop.example.com "c2" not found');
  });

  it('are written to its rows, validated and with defaults', async () => {
    const spec = { fullName: 'Ann', email: 'ann@example.com' };
    await customers().create({ metadata: { name: 'a1' }, spec });
    const [row] = await server.get(ShopDatabase).all("SELECT * FROM customers WHERE id = 'a1'");
    expect(row).toMatchObject({ full_name: 'Ann', country: 'IS', credit: 0 });
    await customers().patch('a1', { spec: { credit: 7 } });
    expect((await customers().get('a1')).spec.credit).toBe(7);
    await expect(customers().patch('a1', { spec: { credit: -1 } })).rejects.toMatchObject({ code: 422 });
    const twice = customers().create({ metadata: { name: 'a1' }, spec });
    await expect(twice).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' });
  });

  it('are selected and paged', async () => {
    const icelandic = await customers().list({ fieldSelector: 'spec.country=IS' });
    expect(icelandic.items.map(({ metadata }) => metadata.name)).toEqual(['a1']);
    const first = await customers().list({ limit: 1 });
    expect(first.metadata.remainingItemCount).toBe(1);
    const second = await customers().list({ limit: 1, continue: first.metadata.continue! });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['a1', 'c1']);
  });

  it('are watched, also when another program changes the table', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const note = ({ type, object }: ObjectEvent<Customer>) => seen.push(`${type} ${object.metadata.name}`);
    const { metadata } = await customers().list();
    const watching = (async () => {
      const resourceVersion = metadata.resourceVersion!;
      for await (const event of customers().watch({ resourceVersion, signal: stop.signal })) note(event);
    })();
    await server.get(ShopDatabase).all("UPDATE customers SET credit = 9 WHERE id = 'c1'");
    await expect.poll(() => seen).toEqual(['MODIFIED c1']);
    await server.get(ShopDatabase).all("INSERT INTO customers VALUES ('d1', 'Dag', 'dag@example.com', 'SE', 0)");
    await customers().delete('a1');
    await expect.poll(() => seen.toSorted()).toEqual(['ADDED d1', 'DELETED a1', 'MODIFIED c1']);
    stop.abort();
    await watching;
  });

  it('tell a client with too old a resourceVersion to begin anew', async () => {
    const old = customers().watch({ resourceVersion: '5' });
    await expect(old.next()).rejects.toMatchObject({ code: 410 });
  });
});
