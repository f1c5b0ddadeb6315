// metaplast completion: a script that teaches a shell the commands, options and values; it asks this program for them.

import completions from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { OfferingOption } from './options.js';

const SHELLS = `
bash        source <(metaplast completion bash)                       in ~/.bashrc
zsh         source <(metaplast completion zsh)                        in ~/.zshrc, after compinit
fish        metaplast completion fish > ~/.config/fish/completions/metaplast.fish
powershell  metaplast completion powershell | Out-String | Invoke-Expression    in $PROFILE

metaplast must be on PATH: npm link -w packages/cli puts it there.`;

/** In place of the library's, which needs the package bash-completion, offers nothing after "=" and runs what stands in $(). */
const BASH = `# bash completion for metaplast

_metaplast() {
  local IFS=$' \\t\\n' words line value description
  line=\${COMP_LINE:0:COMP_POINT}
  # Bash's own words end at = and : as well.
  read -ra words <<< "$line"
  [[ $line == *[[:blank:]] ]] && words+=('')
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    [[ $value == :* ]] || COMPREPLY+=("$value")
  done < <(metaplast complete -- "\${words[@]:1}" 2> /dev/null)
}

# Where nothing is offered, a file may be meant.
complete -o bashdefault -o default -F _metaplast metaplast
`;

/** After all other commands, which it reads. */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  for (const command of program.commands) offerValues(command);
  completions.commands.get('help')!.arguments.get('command')!.handler = (offer) => {
    for (const command of program.createHelp().visibleCommands(program)) offer(command.name(), command.description());
  };
  // A lone hyphen begins all options; the library thinks of the short ones alone.
  const parse = completions.parse.bind(completions);
  completions.parse = (words) => parse(words.at(-1) === '-' ? words.with(-1, '--') : words);
  // The library forbids file names everywhere: with them, a shell offers files where nothing else is offered.
  Object.defineProperty(completions, 'directive', { get: () => 0, set: () => {} });

  const completion = program.commands.find((command) => command.name() === 'completion')!;
  completion.description('print a shell’s completion script').addHelpText('after', SHELLS);
  const setup = completions.setup.bind(completions);
  completions.setup = (name, executable, shell) => {
    if (shell === 'bash') process.stdout.write(BASH);
    else setup(name, executable, shell);
  };
}

/** Those that the library cannot know. */
function offerValues(command: Command): void {
  for (const option of command.options) {
    if (!(option instanceof OfferingOption)) continue;
    const known = completions.commands.get(command.name())!.options.get(option.long!.slice(2))!;
    known.isBoolean = false;
    known.handler = (offer) => {
      for (const value of option.offers) offer(value, '');
    };
  }
}
