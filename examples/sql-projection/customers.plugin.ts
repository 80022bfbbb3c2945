import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { IsEmail, IsInt, IsString, Min } from 'class-validator';
import { ApiObject, ApiResource, Column, Field, Plugin, Selectable, Serves, type ServesObjects } from 'kubenest';
import sqlite3 from 'sqlite3';

class CustomerSpec {
  @Column() @IsString() fullName!: string;
  @Column() @IsEmail() email!: string;
  @Column() @Selectable() @IsString() country = 'IS';
  @IsInt() @Min(0) credit = 0;
}

/** A row of the table `customers` of another program. Its objects are never stored here. */
@ApiResource({ group: 'shop.example.com', version: 'v1', scope: 'Cluster', shortNames: ['cust'], ageColumn: false })
export class Customer extends ApiObject {
  @Field() spec!: CustomerSpec;
}

interface Row {
  readonly id: string;
  readonly full_name: string;
  readonly email: string;
  readonly country: string;
  readonly credit: number;
}

/** The shop's database: where `SHOP_DATABASE` says, else one in memory. */
@Injectable()
export class ShopDatabase implements OnApplicationShutdown {
  private readonly database = new sqlite3.Database(process.env['SHOP_DATABASE'] ?? ':memory:');

  constructor() {
    this.database.exec(`CREATE TABLE IF NOT EXISTS customers
      (id TEXT PRIMARY KEY, full_name TEXT NOT NULL, email TEXT NOT NULL, country TEXT NOT NULL, credit INTEGER NOT NULL)`);
  }

  all(sql: string, ...values: unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.database.all<Row>(sql, values, (error, rows) => (error === null ? resolve(rows) : reject(error)));
    });
  }

  onApplicationShutdown(): void {
    this.database.close();
  }
}

@Serves(Customer, { pollMs: 200 })
class Customers implements ServesObjects<Customer> {
  constructor(private readonly database: ShopDatabase) {}

  async list(): Promise<Customer[]> {
    return (await this.database.all('SELECT * FROM customers')).map(
      ({ id, full_name: fullName, email, country, credit }) => ({
        metadata: { name: id },
        spec: { fullName, email, country, credit },
      }),
    );
  }

  async create(customer: Customer): Promise<Customer> {
    const { fullName, email, country, credit } = customer.spec;
    const { name } = customer.metadata;
    await this.database.all('INSERT INTO customers VALUES (?, ?, ?, ?, ?)', name, fullName, email, country, credit);
    return customer;
  }

  async update(customer: Customer): Promise<Customer> {
    const { fullName, email, country, credit } = customer.spec;
    const set = 'UPDATE customers SET full_name = ?, email = ?, country = ?, credit = ? WHERE id = ?';
    await this.database.all(set, fullName, email, country, credit, customer.metadata.name);
    return customer;
  }

  async delete({ metadata }: Customer): Promise<void> {
    await this.database.all('DELETE FROM customers WHERE id = ?', metadata.name);
  }
}

@Plugin({ resources: [Customer], providers: [ShopDatabase, Customers] })
export class Shop {}
