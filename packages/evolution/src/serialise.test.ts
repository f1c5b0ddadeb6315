import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deserialise, StateFormatError, serialise } from './serialise.js';
import type { EsState } from './state.js';

const vector = (length: number) =>
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: length, maxLength: length }).map((a) => Float64Array.from(a));

const states: fc.Arbitrary<EsState> = fc.integer({ min: 1, max: 40 }).chain((length) => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  const power = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.record({
    generation: fc.nat({ max: 1_000_000 }),
    theta: fc.array(float, { minLength: length, maxLength: length }).map((a) => Float32Array.from(a)),
    optimiser: fc.oneof(
      fc.record({ kind: fc.constant('adam' as const), moments: fc.tuple(vector(length), vector(length)), powers: fc.tuple(power, power) }),
      fc.record({ kind: fc.constant('sgd' as const), moments: fc.tuple(vector(length)), powers: fc.constant([]) }),
    ),
  });
});

const example: EsState = {
  generation: 258,
  theta: Float32Array.of(1, -2),
  optimiser: { kind: 'adam', moments: [Float64Array.of(0.1, 0.2), Float64Array.of(0.3, 0.4)], powers: [0.5, 0.25] },
};

/** The example's bytes with some replaced, and a hash that fits. */
function forged(at: number, ...replacement: number[]): Uint8Array {
  const bytes = serialise(example);
  bytes.set(replacement, at);
  bytes.set(sha256(bytes.subarray(0, -32)), bytes.length - 32);
  return bytes;
}

describe('serialise', () => {
  it('writes the documented layout', () => {
    const bytes = serialise(example);
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(20 + 16 + 8 + 32 + 32);
    expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe('MPES');
    expect([4, 8, 12, 16].map((at) => view.getUint32(at, true))).toEqual([1, 0, 258, 2]);
    expect([20, 28, 44, 52, 60, 68].map((at) => view.getFloat64(at, true))).toEqual([0.5, 0.25, 0.1, 0.2, 0.3, 0.4]);
    expect([36, 40].map((at) => view.getFloat32(at, true))).toEqual([1, -2]);
  });

  it('is undone by deserialise, bit for bit, wherever in a buffer the bytes are', () => {
    fc.assert(
      fc.property(states, fc.nat({ max: 9 }), (state, offset) => {
        const bytes = serialise(state);
        const inside = new Uint8Array(bytes.length + 20).fill(255);
        inside.set(bytes, offset);
        expect(deserialise(inside.subarray(offset, offset + bytes.length))).toEqual(state);
      }),
    );
  });
});

describe('deserialise', () => {
  const refused = (bytes: Uint8Array, message: string | RegExp): void => {
    expect(() => deserialise(bytes)).toThrow(StateFormatError);
    expect(() => deserialise(bytes)).toThrow(message);
  };

  it('says what is wrong', () => {
    const bytes = serialise(example);
    refused(new Uint8Array(0), 'these bytes are not a state');
    refused(new Uint8Array(200), 'these bytes are not a state');
    refused(bytes.subarray(0, 19), 'these bytes are not a state');
    refused(bytes.subarray(0, -1), 'a state of 2 parameters with adam has 108 bytes, got 107');
    refused(Uint8Array.of(...bytes, 0), 'a state of 2 parameters with adam has 108 bytes, got 109');
    refused(forged(4, 2), 'the state has format version 2, this program reads 1');
    refused(forged(8, 7), 'the state is of an unknown optimiser');
    refused(forged(8, 1), 'a state of 2 parameters with sgd has 76 bytes, got 108');
    refused(forged(16, 0), 'the state has no parameters');
    refused(forged(16, 255, 255, 255, 255), /a state of 4294967295 parameters .* got 108/);
    refused(forged(36, 0, 0, 192, 127), 'the state holds numbers that are not finite');
    refused(forged(60, 0, 0, 0, 0, 0, 0, 240, 127), 'the state holds numbers that are not finite');
  });

  it('refuses every truncation and every changed byte', () => {
    const bytes = serialise(example);
    for (let length = 0; length < bytes.length; length++) expect(() => deserialise(bytes.subarray(0, length))).toThrow(StateFormatError);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice();
        changed[at] = changed[at]! ^ flip;
        expect(() => deserialise(changed)).toThrow(StateFormatError);
      }),
    );
  });

  it('throws nothing but StateFormatError on any bytes, with a header and a hash that fit or not', () => {
    const outcome = (bytes: Uint8Array): void => {
      try {
        const { theta, optimiser, generation } = deserialise(bytes);
        expect(serialise({ theta, optimiser, generation })).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(StateFormatError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), outcome));
    fc.assert(
      fc.property(fc.nat({ max: 75 }), fc.uint8Array({ maxLength: 12 }), (at, replacement) => {
        outcome(forged(at, ...replacement.subarray(0, 76 - at)));
      }),
    );
  });
});
