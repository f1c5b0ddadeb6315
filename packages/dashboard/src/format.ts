// Numbers, times and sizes as people read them.

// American, as British has tn for T.
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

export const NOTHING = '–';

/** 1,234,567 */
export const whole = (value: number): string => WHOLE.format(value);

/** 1.23M */
export const compact = (value: number): string => (Math.abs(value) < 1000 ? significant(value) : COMPACT.format(value));

/** Up to four significant digits: .0123, 1.234e-7, 512. */
export function significant(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2);
  return String(Number(value.toPrecision(digits)));
}

/** 97.1 (of a share of 1) */
export const percent = (share: number, decimals = 1): string => (100 * share).toFixed(decimals);

/** +10.5 or −4.9: points between two shares of 1. */
export const points = (difference: number): string => `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)}`;

/** 45 s, 3 min, 2.5 h, 4 d */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Number((seconds / 3600).toFixed(1))} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** How long ago an ISO time was. */
export const age = (iso: string, now = Date.now()): string => duration((now - Date.parse(iso)) / 1000);

/** An ISO time in the reader's zone, to the second. */
export function clock(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** 1 run, 2 runs */
export const count = (n: number, noun: string): string => `${whole(n)} ${noun}${n === 1 ? '' : 's'}`;
