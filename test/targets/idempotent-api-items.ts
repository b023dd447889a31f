import { DatabaseSync } from 'node:sqlite';

/** What an API keeps: its items, and the keys that it has seen with the payload of each. */
export interface Items {
  /** Adds one and remembers its key, both or neither; returns its id. */
  addOnce(key: string, payload: string, name: string): number;
  add(name: string): number;
  remember(key: string, payload: string): void;
  /** The payload under a key. */
  known(key: string): string | undefined;
  keys(): number;
  names(): string[];
  remove(name: string): boolean;
}

export function memoryItems(): Items {
  const names: string[] = [];
  const seen = new Map<string, string>();
  const add = (name: string) => names.push(name);
  return {
    add,
    addOnce: (key, payload, name) => {
      seen.set(key, payload);
      return add(name);
    },
    remember: (key, payload) => void seen.set(key, payload),
    known: (key) => seen.get(key),
    keys: () => seen.size,
    names: () => [...names],
    remove: (name) => {
      const index = names.indexOf(name);
      if (index >= 0) names.splice(index, 1);
      return index >= 0;
    },
  };
}

/** The same in a database, where the key is unique and stands in the transaction of the effect. */
export function sqliteItems(path: string): Items & Disposable {
  const db = new DatabaseSync(path);
  db.exec(
    'CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE keys (key TEXT PRIMARY KEY, payload TEXT)',
  );
  const add = (name: string) =>
    Number(db.prepare('INSERT INTO items (name) VALUES (?)').run(name).lastInsertRowid);
  const remember = (key: string, payload: string) =>
    void db.prepare('INSERT INTO keys VALUES (?, ?)').run(key, payload);
  return {
    add,
    remember,
    addOnce: (key, payload, name) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        remember(key, payload);
        const id = add(name);
        db.exec('COMMIT');
        return id;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    known: (key) => {
      const row = db.prepare('SELECT payload FROM keys WHERE key = ?').get(key);
      return row === undefined ? undefined : String(row.payload);
    },
    keys: () => Number(db.prepare('SELECT count(*) AS n FROM keys').get()?.n),
    names: () =>
      db
        .prepare('SELECT name FROM items ORDER BY id')
        .all()
        .map((row) => String(row.name)),
    remove: (name) => db.prepare('DELETE FROM items WHERE name = ?').run(name).changes > 0,
    [Symbol.dispose]: () => db.close(),
  };
}
