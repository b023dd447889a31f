import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bareRepository, temporaryFolder } from '../ledger/fixtures.ts';

/** A checkout, a store, and a file that every effect adds a line to. */
export interface Scene extends Disposable {
  readonly path: string;
  /** `git+file:…` */
  readonly store: string;
  readonly repository: string;
  write(file: string, text: string): void;
  /** A script that leaves its mark. */
  readonly effect: string;
  effects(): number;
}

export function openScene(config?: string): Scene {
  const folder = temporaryFolder();
  const path = join(folder.path, 'work');
  mkdirSync(path);
  const repository = bareRepository(join(folder.path, 'store.git'));
  const marks = join(folder.path, 'effects');
  const scene: Scene = {
    path,
    store: `git+file:${repository}`,
    repository,
    write: (file, text) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    effect: `echo x >> ${marks}`,
    effects: () => (existsSync(marks) ? readFileSync(marks, 'utf8').split('\n').length - 1 : 0),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
  if (config !== undefined) scene.write('ship-proof.yml', config);
  return scene;
}
