// The networks' activation function in float64. The rational function below, not the true tanh, is the definition: it is what
// the kernel computes in float32, and it needs nothing but + - * /, so that it has the same bits on every machine.

/** An activation function. */
export type Activation = (x: number) => number;

const CLAMP = 5;
const P0 = 0.9998101428257559;
const P1 = 0.10172315977759853;
const P2 = 0.0006549444584460765;
const Q1 = 0.4345040853087872;
const Q2 = 0.01263918679019313;

/** x (P0 + P1 t + P2 t²) / (1 + Q1 t + Q2 t²), t = x², x clamped to ±5: within 5e-5 of tanh. */
export function rationalTanh(x: number): number {
  let c = x;
  if (c > CLAMP) c = CLAMP;
  if (c < -CLAMP) c = -CLAMP;
  const t = c * c;
  return (c * ((P2 * t + P1) * t + P0)) / ((Q2 * t + Q1) * t + 1);
}

/** Derivative of rationalTanh where it has the value y; 0 from ±5 on. */
export function rationalTanhSlope(x: number, y: number): number {
  if (!(x > -CLAMP && x < CLAMP)) return 0;
  const t = x * x;
  const numerator = (5 * P2 * t + 3 * P1) * t + P0;
  return (numerator - y * x * (4 * Q2 * t + 2 * Q1)) / ((Q2 * t + Q1) * t + 1);
}
