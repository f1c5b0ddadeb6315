// Line icons on a grid of 16; decoration: the words stand beside them or in a label.

import type { JSX } from 'preact';

const PATHS = {
  sun: 'M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6',
  moon: 'M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7a5.8 5.8 0 1 0 6.9 6.9z',
  system: 'M2 3.5h12v7.5H2zM5.5 13.5h5M8 11v2.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  resume: 'M5 3.2l8 4.8l-8 4.8z',
  cancel: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  delete: 'M2.8 4.2h10.4M6.2 4.2V2.6h3.6v1.6M4.2 4.2l.6 9.2h6.4l.6-9.2M6.7 6.8v4M9.3 6.8v4',
  fork: 'M5 3.2a1.4 1.4 0 1 0 .01 0M11 3.2a1.4 1.4 0 1 0 .01 0M8 10.6a1.4 1.4 0 1 0 .01 0M5 6v.7c0 1.4 1 2 3 2s3-.6 3-2V6M8 8.7v1.9',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  download: 'M8 2.5v7.5M4.8 7L8 10.2L11.2 7M2.8 13.2h10.4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  up: 'M4.5 9.8L8 6.3l3.5 3.5',
  down: 'M4.5 6.3L8 9.8l3.5-3.5',
  reset: 'M3 3v3.6h3.6M3.2 6.4A5.3 5.3 0 1 1 2.7 9',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="svg-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
