// The paper's statements, each held against a study: a row says what was measured, and whether the statement was reproduced.

import type { Difference } from '../evaluation/trials.js';
import { meanAndError } from '../evaluation/trials.js';
import { percent, points } from '../numbers.js';
import type { FamilyResult, ShapeResult, Study } from './study.js';

/** Reproduced: by every seed's rule, each by more than two standard errors. */
export type Verdict = 'reproduced' | 'in some seeds' | 'not reproduced';

export interface Statement {
  statement: string;
  /** How it was read. */
  reading: string;
  verdict: Verdict;
  /** Seeds for which it holds, of all. */
  holds: number;
  seeds: number;
  /** What was measured, in words and numbers. */
  measured: string;
}

/** Training loss that is "far worse": at least this many times the other's. */
const FAR = 2;

export function statements({ families, shapes }: Study): Statement[] {
  const [first, ...others] = families as [FamilyResult, ...FamilyResult[]];
  return [
    difference(
      `beats tuned supervised backprop on ${first.family}`,
      `better of SGD and Adam, tuned on ${first.family}`,
      first,
      'minusBackprop',
    ),
    ...others.flatMap((family) => {
      const claim = `generalises to ${family.family}${family.met ? ' (met in meta-training)' : ', never met in meta-training,'} and beats backprop`;
      return [
        difference(claim, 'backprop tuned on this family', family, 'minusBackprop'),
        difference(claim, `backprop tuned on ${first.family} only, as the rule was`, family, 'minusTunedOnFirst'),
      ];
    }),
    trainingLoss(first),
    ...shapes.map((shape) => otherShape(shape, first.family)),
  ];
}

function row(statement: string, reading: string, holds: readonly boolean[], measured: string): Statement {
  const count = holds.filter(Boolean).length;
  const verdict = count === holds.length ? 'reproduced' : count > 0 ? 'in some seeds' : 'not reproduced';
  return { statement, reading, verdict, holds: count, seeds: holds.length, measured };
}

const isAbove = ({ difference, se }: Difference): boolean => difference > 2 * se;

function difference(statement: string, reading: string, family: FamilyResult, key: 'minusBackprop' | 'minusTunedOnFirst'): Statement {
  const holds = family.rules.map((rule) => isAbove(rule[key]));
  const each = differences(family.rules.map((rule) => rule[key]));
  const baseline = key === 'minusBackprop' ? family.baselines[family.backprop] : family.tunedOnFirst;
  const accuracies = family.rules.map((rule) => percent(rule.accuracy)).join(', ');
  return row(statement, reading, holds, `rule ${accuracies} %; backprop ${percent(baseline.accuracy)} %; differences ${each}`);
}

function trainingLoss(family: FamilyResult): Statement {
  const { trainCrossEntropy } = family.baselines[family.backprop];
  const holds = family.rules.map((rule) => rule.trainCrossEntropy > FAR * trainCrossEntropy && isAbove(rule.minusBackprop));
  const losses = family.rules.map((rule) => rule.trainCrossEntropy.toFixed(3)).join(', ');
  return row(
    `better test accuracy with far worse training loss on ${family.family}`,
    `cross-entropy on the labelled points after the last step, at least ${FAR} times backprop’s`,
    holds,
    `rule ${losses}; backprop ${trainCrossEntropy.toFixed(3)} nats`,
  );
}

function otherShape({ hidden, sgd, rules }: ShapeResult, family: string): Statement {
  const each = differences(rules.map((rule) => rule.minusSgd));
  const accuracies = rules.map((rule) => percent(rule.accuracy)).join(', ');
  return row(
    `applies unchanged to ${hidden.length > 1 ? `hidden layers ${hidden.join(', ')}` : `hidden width ${hidden[0]}`}`,
    `beats SGD tuned for that network on ${family}`,
    rules.map((rule) => isAbove(rule.minusSgd)),
    `rule ${accuracies} %; SGD ${percent(sgd.accuracy)} %; differences ${each}`,
  );
}

/** Each seed's, and where there are several their mean with its standard error over seeds. */
function differences(list: readonly Difference[]): string {
  const each = list.map(points).join(', ');
  if (list.length === 1) return each;
  const { mean, se } = meanAndError(list.map(({ difference }) => difference));
  return `${each}; mean ${points({ difference: mean, se })} over seeds`;
}
