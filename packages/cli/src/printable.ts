// Texts that others wrote, such as names of runs and classes: shown without what a terminal would take for a command.

export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\uFFFD');
