import { describe, expect, it } from 'vitest';
import { decodeNpy, encodeNpy } from './npy.js';

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

describe('npy', () => {
  it('lays a float32 vector out as the published format says', () => {
    const bytes = encodeNpy(Float32Array.of(1, -2.5, 3));
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    const headerLength = bytes[8]! + 256 * bytes[9]!;
    expect((10 + headerLength) % 64).toBe(0);
    const header = text(bytes.subarray(10, 10 + headerLength));
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(3,\), \} *\n$/);
    expect(bytes.length).toBe(10 + headerLength + 12);
    const view = new DataView(bytes.buffer, 10 + headerLength);
    expect([0, 4, 8].map((at) => view.getFloat32(at, true))).toEqual([1, -2.5, 3]);
  });

  it('writes strings as UTF-32 and integers as int64, of no dimension', () => {
    const bytes = encodeNpy('θ🙂');
    expect(text(bytes)).toContain("'descr': '<U2', 'fortran_order': False, 'shape': (), }");
    const view = new DataView(bytes.buffer, bytes.length - 8);
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([0x3b8, 0x1f642]);
    expect(text(encodeNpy(5n))).toContain("'descr': '<i8', 'fortran_order': False, 'shape': (), }");
  });

  it('reads what it wrote', () => {
    for (const value of [Float32Array.of(), Float32Array.of(Number.NaN, 1e-40), 'θ🙂', '', 2n ** 53n, -1n]) {
      expect(decodeNpy(encodeNpy(value))).toEqual(value);
    }
  });

  it('refuses other types, shapes and lengths', () => {
    const good = encodeNpy(Float32Array.of(1, 2));
    const edited = (from: string, to: string): Uint8Array => Uint8Array.from(text(good).replace(from, to), (c) => c.charCodeAt(0));
    expect(() => decodeNpy(edited("'<f4'", "'<f8'"))).toThrow('8 bytes, not the 16 of its header');
    expect(() => decodeNpy(edited("'<f4'", "'<i4'"))).toThrow('another type or shape');
    expect(() => decodeNpy(edited('False', 'True '))).toThrow('is corrupt');
    expect(() => decodeNpy(edited('(2,)', '(1, 2)'))).toThrow('is corrupt');
    expect(() => decodeNpy(good.subarray(0, -1))).toThrow('7 bytes, not the 8 of its header');
  });
});
