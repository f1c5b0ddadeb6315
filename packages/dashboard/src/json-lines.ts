// Where the values of a JSON text stand, by JSON pointer, so that errors can be shown at their lines.

/** Pointer → line, from 0. What cannot be parsed ends the walk: the lines found so far are returned. */
export function linesOf(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  let at = 0;
  let line = 0;

  const skipSpace = (): void => {
    for (; at < text.length && /\s/.test(text[at]!); at++) if (text[at] === '\n') line++;
  };
  /** The next token: punctuation, a string, or what stands up to the next delimiter. */
  const token = (): string => {
    skipSpace();
    const found = /^(?:[{}[\]:,]|"(?:[^"\\]|\\.)*"|[^\s{}[\]:,"]+)/.exec(text.slice(at, at + 100_000))?.[0];
    if (found === undefined) throw new SyntaxError('unexpected end');
    at += found.length;
    return found;
  };
  const peek = (): string | undefined => {
    skipSpace();
    return text[at];
  };
  const value = (pointer: string): void => {
    skipSpace();
    lines.set(pointer, line);
    const first = token();
    if (first === '{') {
      while (peek() !== '}') {
        skipSpace();
        const key = JSON.parse(token()) as string;
        const inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        token();
        value(inner);
        if (peek() === ',') at++;
      }
      at++;
    } else if (first === '[') {
      for (let i = 0; peek() !== ']'; i++) {
        value(`${pointer}/${i}`);
        if (peek() === ',') at++;
      }
      at++;
    }
  };
  try {
    value('');
  } catch {
    // Not JSON: what was found before stays of use.
  }
  return lines;
}

/** The line of a field, or of the nearest one around it that is there. */
export function lineOf(lines: ReadonlyMap<string, number>, pointer: string): number {
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const line = lines.get(path);
    if (line !== undefined) return line;
    if (path === '') return 0;
  }
}
