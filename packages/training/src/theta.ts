// θ's fingerprint.

import { createHash } from 'node:crypto';
import { bytesOf } from '@metaplast/protocol';

/** sha256 of θ's float32 bytes, little-endian; hexadecimal. */
export function thetaSha256(theta: Float32Array): string {
  return createHash('sha256').update(bytesOf(theta)).digest('hex');
}
