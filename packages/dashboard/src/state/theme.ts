// Light, dark, or as the system has it; remembered by the browser.

import { computed, effect, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'metaplast-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(system.matches);
system.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});

const stored = localStorage.getItem(KEY);
export const theme = signal<Theme>(THEMES.find((one) => one === stored) ?? 'system');
export const isDark = computed(() => (theme.value === 'system' ? systemIsDark.value : theme.value === 'dark'));

const colours = new Map<string, string>();

effect(() => {
  localStorage.setItem(KEY, theme.value);
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
  colours.clear();
});

/** The value of a colour of style/base.css, e.g. 'accent', for canvases; asked for once, as the browser works out all styles for it. */
export function colour(name: string): string {
  const known = colours.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  colours.set(name, known);
  return known;
}
