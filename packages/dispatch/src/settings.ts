// Settings of a service: flags before environment before defaults, checked at start. A service's table is its documentation, too.

import { readFileSync } from 'node:fs';
import { type FieldError, schemaErrors, ValidationError } from '@metaplast/protocol';
import type { TObject, TSchema } from 'typebox';

/** One setting of a service. */
export interface Setting {
  /** The environment variable. */
  env: string;
  description: string;
  fallback?: () => unknown;
  /** Never shown, and may be read from the file that ${env}_FILE names. */
  secret?: true;
}

/**
 * The settings that a schema allows. Numbers are read as such and arrays as names with commas between them; an empty variable counts as
 * none. Throws ValidationError, which names the variable of each one that is wrong.
 */
export function readSettings<T extends object>(
  what: string,
  schema: TObject,
  settings: { [Key in keyof T]-?: Setting },
  flags: Partial<T>,
  env: NodeJS.ProcessEnv,
): T {
  const table = settings as Record<string, Setting>;
  const given = flags as Record<string, unknown>;
  const unreadable: FieldError[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    const text = textOf(setting, env, unreadable);
    const value = given[key] ?? (text && parsed(schema.properties[key]!, text)) ?? setting.fallback?.();
    if (value !== undefined) config[key] = value;
  }
  const errors = schemaErrors(schema, config).map(({ pointer, detail }) => {
    const key = pointer.split('/')[1]!;
    const { env: variable, description, secret } = table[key]!;
    // What is wrong with a secret is not shown: a URL may hold a password.
    return { pointer: `${key} (${variable})`, detail: secret ? description : detail };
  });
  if (errors.length + unreadable.length > 0) throw new ValidationError(what, [...errors, ...unreadable]);
  return config as T;
}

function textOf({ env: variable, secret }: Setting, env: NodeJS.ProcessEnv, unreadable: FieldError[]): string | undefined {
  const file = env[`${variable}_FILE`];
  if (env[variable] || !secret || !file) return env[variable] || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    unreadable.push({ pointer: `${variable}_FILE`, detail: `cannot be read: ${(error as NodeJS.ErrnoException).code}` });
    return undefined;
  }
}

/** A number that is none stays text, so that the error shows what was given. */
function parsed(schema: TSchema, text: string): unknown {
  const { type } = schema as { type?: string };
  if (type === 'integer') return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (type === 'array') return namesIn(text);
  return text;
}

const namesIn = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
