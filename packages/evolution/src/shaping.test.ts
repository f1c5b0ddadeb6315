import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHAPINGS, shape } from './shaping.js';

const { rms, none, 'centred-rank': centredRank } = SHAPINGS;
const kinds = ['rms', 'centred-rank', 'none'] as const;

/** Member losses of 1 to 20 pairs: few distinct values, so ties are common. */
const integers = fc
  .array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 })
  .map((a) => Float64Array.from([...a, ...a.toReversed()]));

describe('none', () => {
  it('divides differences by 2σ', () => {
    expect(none(Float64Array.of(1, 0.5, 0.25, 1, 2, 2), 0.25)).toEqual(Float64Array.of(1, -1.5, 0));
  });
});

describe('rms', () => {
  it('divides differences by their root mean square', () => {
    // Differences 3, -1, 1, -5: root mean square 3.
    expect(rms(Float64Array.of(4, 1, 0, 1, 2, 1, 0, 5), 0.03)).toEqual(Float64Array.of(1, -1 / 3, 1 / 3, -5 / 3));
  });

  it('has root mean square 1, and is blind to scale and offset of the losses', () => {
    fc.assert(
      fc.property(integers, fc.integer({ min: -20, max: 20 }), fc.integer({ min: -100, max: 100 }), (members, exponent, offset) => {
        const shaped = rms(members, 1);
        const power = rms(
          members.map((x) => x * 2 ** exponent),
          1,
        );
        expect(power).toEqual(shaped);
        expect(
          rms(
            members.map((x) => x + offset),
            1,
          ),
        ).toEqual(shaped);
        const scaled = rms(
          members.map((x) => x * 0.3),
          1,
        );
        scaled.forEach((s, i) => {
          expect(s).toBeCloseTo(shaped[i]!, 12);
        });
        const meanSquare = shaped.reduce((sum, s) => sum + s * s, 0) / shaped.length;
        if (shaped.some((s) => s !== 0)) expect(meanSquare).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe('centred-rank', () => {
  it('takes differences of ranks between -½ and ½', () => {
    // Order: .1 .2 .4 .7 .8 .9, ranks -.5 -.3 -.1 .1 .3 .5.
    const shaped = centredRank(Float64Array.of(0.1, 0.9, 0.8, 0.2, 0.4, 0.7), 0.03);
    [-1, 0.6, -0.2].forEach((expected, i) => {
      expect(shaped[i]).toBeCloseTo(expected, 15);
    });
  });

  it('gives equal losses their mean rank', () => {
    // 1 1 1 2 3 3: mean ranks 1, 1, 1, 3, 4.5, 4.5 of 0 .. 5.
    const shaped = centredRank(Float64Array.of(3, 1, 1, 2, 3, 1), 0.03);
    [3.5 / 5, -2 / 5, 3.5 / 5].forEach((expected, i) => {
      expect(shaped[i]).toBeCloseTo(expected, 15);
    });
    expect(centredRank(Float64Array.of(2, 1), 0.03)).toEqual(Float64Array.of(1));
  });

  it('is blind to strictly monotone maps of the losses', () => {
    fc.assert(
      fc.property(integers, (members) => {
        expect(
          centredRank(
            members.map((x) => x * x * x + 7 * x - 11),
            1,
          ),
        ).toEqual(centredRank(members, 1));
        expect(
          centredRank(
            members.map((x) => x / (51 + x)),
            1,
          ),
        ).toEqual(centredRank(members, 1));
      }),
    );
  });
});

describe.each(kinds)('%s', (kind) => {
  it('gives zeros when all losses are equal, and when each pair ties', () => {
    expect(shape({ kind, clip: 1 }, new Float64Array(8).fill(0.7), 0.03)).toEqual(new Float64Array(4));
    expect(shape({ kind, clip: 1 }, Float64Array.of(1, 1, 2, 2, 3, 3), 0.03)).toEqual(new Float64Array(3));
  });

  it('changes sign when the members of each pair change places', () => {
    fc.assert(
      fc.property(integers, (members) => {
        const swapped = members.map((_, i) => members[i ^ 1]!);
        const mirrored = SHAPINGS[kind](swapped, 0.5).map((s) => 0 - s);
        expect(mirrored).toEqual(SHAPINGS[kind](members, 0.5).map((s) => s + 0));
      }),
    );
  });

  it('bounds the shaped difference by ±clip, and leaves the others', () => {
    fc.assert(
      fc.property(integers, fc.double({ min: 0.1, max: 3, noNaN: true }), (members, clip) => {
        const free = SHAPINGS[kind](members, 0.5);
        expect(shape({ kind, clip }, members, 0.5)).toEqual(free.map((s) => (Math.abs(s) > clip ? Math.sign(s) * clip : s)));
      }),
    );
  });
});
