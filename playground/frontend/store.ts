import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../loopback/json-file.js';
import { ActionRecord, BuildRecord, ProjectRecord } from './state.js';

/** The frontend's data, in memory, and on disk in one file per record, so that a report costs one small write. */
export type Store = {
  readonly directory: string;
  readonly builds: () => readonly BuildRecord[];
  readonly build: (id: number) => BuildRecord | null;
  readonly addBuild: (record: Omit<BuildRecord, 'id'>) => BuildRecord;
  /** Does nothing for a build that was removed meanwhile. */
  readonly saveBuild: (record: BuildRecord) => void;
  readonly removeBuild: (id: number) => void;
  readonly projects: () => readonly ProjectRecord[];
  readonly project: (owner: string, name: string) => ProjectRecord | null;
  readonly addProject: (record: Omit<ProjectRecord, 'id'>) => ProjectRecord;
  readonly saveProject: (record: ProjectRecord) => void;
  readonly removeProject: (id: number) => void;
  readonly actions: () => readonly ActionRecord[];
  readonly action: (id: number) => ActionRecord | null;
  readonly addAction: (record: Omit<ActionRecord, 'id'>) => ActionRecord;
  readonly saveAction: (record: ActionRecord) => void;
};

type Row = { readonly id: number };

type Table<T extends Row> = {
  readonly all: () => readonly T[];
  readonly get: (id: number) => T | null;
  readonly add: (record: Omit<T, 'id'>) => T;
  readonly save: (record: T) => void;
  readonly remove: (id: number) => void;
};

function openTable<T extends Row>(directory: string, parse: (value: unknown) => T): Table<T> {
  mkdirSync(directory, { recursive: true });
  const names = readdirSync(directory);
  const rows = names
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => parse(readJson(join(directory, name))))
    .sort((a, b) => a.id - b.id);
  const byId = new Map(rows.map((row) => [row.id, row]));
  // Numbers of removed rows are never reused: their files preserve them.
  let lastId = Math.max(0, ...names.filter((name) => /^\d+\.(json|removed)$/.test(name)).map(Number.parseFloat));
  const fileOf = (id: number): string => join(directory, `${id}.json`);
  return {
    all: () => [...byId.values()],
    get: (id) => byId.get(id) ?? null,
    save: (row) => {
      if (byId.get(row.id) === row) writeJson(fileOf(row.id), row);
    },
    add: (record) => {
      lastId += 1;
      const row = { ...record, id: lastId } as T;
      byId.set(row.id, row);
      writeJson(fileOf(row.id), row);
      return row;
    },
    remove: (id) => {
      if (byId.delete(id)) renameSync(fileOf(id), join(directory, `${id}.removed`));
    },
  };
}

/** Opens (or creates) the state directory. */
export function openStore(directory: string): Store {
  const builds = openTable(join(directory, 'builds'), (value) => BuildRecord.parse(value));
  const projects = openTable(join(directory, 'projects'), (value) => ProjectRecord.parse(value));
  const actions = openTable(join(directory, 'actions'), (value) => ActionRecord.parse(value));
  return {
    directory,
    builds: builds.all,
    build: builds.get,
    addBuild: builds.add,
    saveBuild: builds.save,
    removeBuild: builds.remove,
    projects: projects.all,
    project: (owner, name) => projects.all().find((row) => row.owner === owner && row.name === name) ?? null,
    addProject: projects.add,
    saveProject: projects.save,
    removeProject: projects.remove,
    actions: actions.all,
    action: actions.get,
    addAction: actions.add,
    saveAction: actions.save,
  };
}
