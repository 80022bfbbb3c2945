import type { Database, Statement } from 'sqlite3';

/** What SQLite can bind. Numbers must be whole; the driver silently binds a bigint as NULL. */
export type SqliteValue = string | number | Buffer | null;

/**
 * The few calls that storage makes to an SQLite driver; another driver needs only another class like this. Statements
 * run on the driver's own thread, one after the other, and stay prepared.
 */
export class SqliteConnection {
  /** One a text; there are only so many texts. */
  private readonly statements = new Map<string, Statement>();

  constructor(private readonly database: Database) {}

  /** Runs texts of several statements, to their end. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.database.exec(sql, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Resolves to the number of rows changed. */
  async run(sql: string, values: readonly SqliteValue[] = []): Promise<number> {
    const statement = await this.statement(sql);
    return new Promise((resolve, reject) => {
      statement.run(values, function done(this: { changes: number }, error: Error | null) {
        if (error === null) resolve(this.changes);
        else reject(error);
      });
    });
  }

  async all<T>(sql: string, values: readonly SqliteValue[] = []): Promise<T[]> {
    const statement = await this.statement(sql);
    return new Promise((resolve, reject) => {
      statement.all<T>(values, (error, rows) => (error === null ? resolve(rows) : reject(error)));
    });
  }

  /** Lets go of prepared statements, without which the database cannot be closed. */
  async release(): Promise<void> {
    const statements = [...this.statements.values()];
    this.statements.clear();
    await Promise.all(statements.map(finalize));
  }

  private async statement(sql: string): Promise<Statement> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const made = await new Promise<Statement>((resolve, reject) => {
      const statement = this.database.prepare(sql, (error: Error | null) =>
        error === null ? resolve(statement) : reject(error),
      );
    });
    this.statements.set(sql, made);
    return made;
  }
}

function finalize(statement: Statement): Promise<void> {
  return new Promise((resolve) => {
    statement.finalize(() => resolve());
  });
}
