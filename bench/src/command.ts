// A bench's command line: its help and errors are those of the program's own command line.

import { Command, InvalidArgumentError } from 'commander';

export const benchCommand = (name: string, description: string): Command =>
  new Command(`npm run bench -- ${name}`.trimEnd()).description(description);

/** Parses a number within bounds. */
export const number =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a number from ${low} to ${high}.`);
  };

/** Parses a whole number within bounds. */
export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= low && Number(text) <= high) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };

/** Parses a list with commas. */
export const someOf =
  (all: readonly string[]) =>
  (text: string): string[] => {
    const chosen = text.split(',');
    for (const name of chosen)
      if (!all.includes(name)) throw new InvalidArgumentError(`There is no "${name}": choose from ${all.join(', ')}.`);
    return chosen;
  };
