// --set path=value: any field of the spec, e.g. outer.generations=20 or tasks.0.params.noise=0.2. Paths are checked against
// the spec's schema here; values where all values are, in resolveSpec.

import { RunSpec } from '@metaplast/protocol';
import { InputError } from '../errors.js';
import { suggestion } from './suggest.js';

/** The parts of a TypeBox schema that a path can go through. */
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema | Schema[];
  anyOf?: Schema[];
}

type Container = Record<string, unknown> | unknown[];

/** A copy of the spec with all assignments made, in order; not validated. Throws InputError. */
export function applyOverrides(spec: RunSpec, assignments: readonly string[]): unknown {
  const copy = structuredClone(spec) as unknown as Container;
  for (const assignment of assignments) {
    const [, path, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (path === undefined || text === undefined)
      throw new InputError(`--set ${assignment}: write it as path=value, e.g. outer.generations=20`);
    assign(copy, path, parseValue(text));
  }
  return copy;
}

/** JSON, or else the text itself. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function assign(root: Container, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let container = root;
  let schemas: Schema[] = [RunSpec as Schema];
  const walked: string[] = [];
  const descend = (key: string): void => {
    schemas = children(schemas, key, container, walked.join('.'), path);
    walked.push(key);
  };
  for (const key of keys) {
    descend(key);
    const next = get(container, key);
    const child: Container = isContainer(next) ? next : isList(schemas, keys[walked.length] ?? last) ? [] : {};
    put(container, key, child);
    container = child;
  }
  descend(last);
  put(container, last, value);
}

/** The schemas that a key may lead to; throws InputError when it leads nowhere. */
function children(schemas: readonly Schema[], key: string, container: Container, parent: string, path: string): Schema[] {
  const branches = schemas.flatMap((schema) => schema.anyOf ?? [schema]);
  const refuse = (why: string): never => {
    throw new InputError(`--set ${path}: ${why}`);
  };
  if (Array.isArray(container)) {
    const index = Number(key);
    const { length } = container;
    if (!/^\d{1,4}$/.test(key) || index > length)
      refuse(`${parent} is a list of ${length}; its items are ${parent}.0 to ${parent}.${length}`);
    return branches.flatMap(({ items }) => (Array.isArray(items) ? (items[index] ?? []) : (items ?? [])));
  }
  const found = branches.flatMap(({ properties }) => (properties && Object.hasOwn(properties, key) ? [properties[key]!] : []));
  const names = branches.flatMap(({ properties }) => Object.keys(properties ?? {}));
  if (names.length === 0) refuse(`${parent} has no fields of its own`);
  if (found.length === 0) refuse(`${parent || 'the spec'} has no field ${JSON.stringify(key)}; ${suggestion(key, names)}`);
  return found;
}

/** Whether the key goes into a list: of what may be made here, a number is an item's. */
const isList = (schemas: readonly Schema[], key: string): boolean =>
  /^\d+$/.test(key) && schemas.flatMap((schema) => schema.anyOf ?? [schema]).some(({ items }) => items !== undefined);

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;
const get = (container: Container, key: string): unknown => (container as Record<string, unknown>)[key];

function put(container: Container, key: string, value: unknown): void {
  (container as Record<string, unknown>)[key] = value;
}
