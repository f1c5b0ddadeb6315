// Who may work for whom: coordinator and workers must speak the same protocol and compute the same bits.

import { kernelIdentity } from '@metaplast/kernel';

/** Version of what travels through Redis: raise it with every change of wire.ts, scripts.ts or keys.ts. */
export const PROTOCOL_VERSION = 3;

export interface Identity {
  protocol: number;
  /** Golden hash of the kernel's arithmetic, hexadecimal. */
  kernel: string;
}

/** This program's. */
export const ownIdentity = (): Identity => ({ protocol: PROTOCOL_VERSION, kernel: kernelIdentity() });

/** Why a worker gets no chunks of a coordinator, or undefined if it does. */
export function refusal(worker: Identity, coordinator: Identity): string | undefined {
  if (worker.protocol !== coordinator.protocol) {
    return `it speaks protocol ${worker.protocol}, the coordinator ${coordinator.protocol}: install the same version of metaplast on both`;
  }
  if (worker.kernel !== coordinator.kernel) {
    const short = (kernel: string): string => kernel.slice(0, 12);
    return `its kernel is ${short(worker.kernel)}, the coordinator's ${short(coordinator.kernel)}: results would not be the same bits; install the same version of metaplast on both`;
  }
  return undefined;
}
