// Ctrl-C: the first asks for an orderly stop, the second ends the process at once; after SIGTERM it ends in seconds. What is committed
// stays in each case.

import { EXIT } from '../errors.js';

/** The user stopped the command. The message says how to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** npm passes a Ctrl-C on to a process that the terminal has told already: signals this close together are one, ms. */
const SAME = 400;
/** Whoever sends SIGTERM follows it with SIGKILL, after 10 s at the earliest; what is unfinished is given up before that, ms. */
const GRACE = 8000;

/** A signal that aborts with Interrupted at the first SIGINT or SIGTERM; `say` is called then. */
export function interruptSignal(howToGoOn: string, say: () => void): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const leave = (): never => {
    process.stderr.write(`metaplast: ${howToGoOn}\n`);
    process.exit(EXIT.interrupted);
  };
  const stop = (name: NodeJS.Signals): void => {
    if (name === 'SIGTERM') setTimeout(leave, GRACE).unref();
    if (!controller.signal.aborted) {
      first = performance.now();
      say();
      controller.abort(new Interrupted(howToGoOn));
    } else if (performance.now() - first > SAME) {
      leave();
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** The command that this process was started with, as it is to be typed again. */
export function thisCommand(argv: readonly string[] = process.argv.slice(2), script = process.env.npm_lifecycle_event): string {
  const quoted = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  if (script !== 'quickstart' || quoted[0] !== 'quickstart') return ['npx metaplast', ...quoted].join(' ');
  return ['npm run quickstart', ...(quoted.length > 1 ? ['--', ...quoted.slice(1)] : [])].join(' ');
}
