// JSON that people write: what is wrong is said with line and column, and a name given twice is an error, not the last one's.

import { type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { InputError } from '../errors.js';

/** Deeper than any spec; keeps recursive readers from running out of stack. */
const MAX_DEPTH = 32;

/** Parses strict JSON; throws InputError that begins with `name:line:column`. */
export function parseJson(text: string, name: string): unknown {
  const fail = (line: number, column: number, what: string): never => {
    throw new InputError(`${name}:${line + 1}:${column + 1}: ${what}`);
  };
  if (text.trim() === '') fail(0, 0, 'is empty; a spec is a JSON object, {} at least');
  const open: Set<string>[] = [];
  let depth = 0;
  const enter = (line: number, column: number): void => {
    if (++depth > MAX_DEPTH) fail(line, column, `is nested more than ${MAX_DEPTH} levels deep`);
  };
  const leave = (): void => {
    depth--;
  };
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line, column) => {
        enter(line, column);
        open.push(new Set());
      },
      onObjectEnd: () => {
        open.pop();
        leave();
      },
      onArrayBegin: (_offset, _length, line, column) => enter(line, column),
      onArrayEnd: leave,
      onObjectProperty: (property, _offset, _length, line, column) => {
        if (open.at(-1)!.has(property)) fail(line, column, `${JSON.stringify(property)} is given twice in one object`);
        open.at(-1)!.add(property);
      },
      onError: (error, _offset, _length, line, column) => fail(line, column, sentence(error)),
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return JSON.parse(text) as unknown;
}

/** 'PropertyNameExpected' → 'property name expected' */
function sentence(error: ParseErrorCode): string {
  const words = printParseErrorCode(error).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `is not JSON: ${words.trim()}`;
}
