// float32 numbers as bytes, as they stand in files, in the store and in Redis: little-endian, as all platforms that this runs on.

/** The bytes of the numbers themselves, not a copy. */
export const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A copy: the bytes may begin anywhere. Throws RangeError when their number is not a multiple of 4. */
export const floatsOf = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);
