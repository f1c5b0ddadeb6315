// Presets that runs can be made from; the server's, so asked for once.

import type { Presets } from '@metaplast/protocol';
import { useLive } from './live.js';

export function usePresets(): Presets['presets'] | undefined {
  return useLive('presets', (from) => from.presets()).data?.presets;
}
