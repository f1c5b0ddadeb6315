// A fresh Idempotency-Key. crypto.randomUUID() would do, but pages that come over plain HTTP from another machine do not have it.

/** 128 random bits, hexadecimal. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
