// Name, navigation, connection and theme.

import type { JSX } from 'preact';
import { connection, token, tokenAsked } from '../state/api.js';
import { href, route } from '../state/route.js';
import { THEMES, type Theme, theme } from '../state/theme.js';
import { Icon } from './icon.js';

export const PAGES = [
  ['runs', 'Runs'],
  ['submit', 'Submit'],
  ['compare', 'Compare'],
  ['workers', 'Workers'],
] as const;

const CONNECTION = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' } as const;
const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

export function Header(): JSX.Element {
  const [place = 'runs'] = route.value.path;
  return (
    <header class="top">
      <a class="brand" href={href(['runs'])}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" class="brand-back" />
          <path d="M6 20c4 0 5-9 10-9s6 9 10 9" class="brand-curve" />
          <circle cx="16" cy="11" r="3.4" class="brand-dot" />
        </svg>
        metaplast
      </a>
      <nav aria-label="Pages">
        {PAGES.map(([path, name]) => (
          <a key={path} href={href([path])} aria-current={path === place ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <span class={`connection ${connection.value}`} role="status">
        <span class="dot" aria-hidden="true" />
        <span class="connection-text">{CONNECTION[connection.value]}</span>
      </span>
      {token.value !== undefined && tokenAsked.value === undefined && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            tokenAsked.value = 'another';
          }}
        >
          Change token
        </button>
      )}
      <ThemeButton />
    </header>
  );
}

function ThemeButton(): JSX.Element {
  const next: Theme = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  const choose = (): void => {
    theme.value = next;
  };
  return (
    <button
      type="button"
      class="icon"
      onClick={choose}
      aria-label={`Theme: ${theme.value}; change to ${next}`}
      title={`Theme: ${theme.value}`}
    >
      <Icon name={THEME_ICONS[theme.value]} />
    </button>
  );
}
