// metaplast completion: a script that teaches a shell the commands, options and values; it asks this program for them.

import tab from '@bomb.sh/tab/commander';
import { presetNames } from '@metaplast/training/presets';
import type { Command } from 'commander';

const SHELLS = `
bash        source <(metaplast completion bash)                       in ~/.bashrc
zsh         source <(metaplast completion zsh)                        in ~/.zshrc, after compinit
fish        metaplast completion fish > ~/.config/fish/completions/metaplast.fish

metaplast must be on PATH: npm link -w packages/cli puts it there.`;

/** After all other commands, which it reads. */
export function addCompletion(program: Command): void {
  const completions = tab(program, { completionCommandName: 'completion' });
  for (const command of completions.commands.values()) {
    const preset = command.options.get('preset');
    if (preset) {
      preset.isBoolean = false;
      preset.handler = (complete) => {
        for (const name of presetNames()) complete(name, '');
      };
    }
  }
  program.commands
    .find((command) => command.name() === 'completion')!
    .description('print a shell’s completion script')
    .addHelpText('after', SHELLS);
}
