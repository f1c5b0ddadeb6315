// θ's fingerprint.

import { createHash } from 'node:crypto';

/** sha256 of θ's float32 bytes, little-endian; hexadecimal. */
export function thetaSha256(theta: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength))
    .digest('hex');
}
