// The process: arguments in, exit code out. Started by bin/metaplast.js, or by node itself.

import { EXIT, fileError } from './errors.js';
import { main } from './program.js';

// A reader that has seen enough (`| head`) is no error; anything else that cannot be printed is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`metaplast: ${fileError('write to', 'standard output', error).message}\n`);
  process.exit(EXIT.badInput);
});

process.exitCode = await main(process.argv.slice(2));
