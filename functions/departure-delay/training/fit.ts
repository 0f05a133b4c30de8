/** Logistic regression by Newton's method (iteratively reweighted least squares) with a ridge; deterministic. */

export interface Example {
  /** Standardized features. */
  readonly inputs: readonly number[];
  readonly positive: boolean;
}

export interface Fitted {
  readonly intercept: number;
  readonly weights: readonly number[];
}

/** Holds the weight of a feature that never varied at 0, and keeps two that say the same from running apart. */
const ridge = 1;
const mostSteps = 50;
const settledBelow = 1e-10;

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** @throws {Error} where there is nothing to learn from, or it does not settle */
export const fitLogistic = (examples: readonly Example[]): Fitted => {
  const size = (examples[0]?.inputs.length ?? 0) + 1;
  if (!examples.some(({ positive }) => positive) || examples.every(({ positive }) => positive))
    throw new Error(`the training rows must hold both outcomes, got ${examples.length} of one`);
  let beta = Array.from({ length: size }, () => 0);
  for (let step = 0; step < mostSteps; step++) {
    const { gradient, hessian } = slopeAt(beta, examples);
    const move = solve(hessian, gradient);
    beta = beta.map((value, index) => value + (move[index] ?? 0));
    if (Math.max(...move.map(Math.abs)) < settledBelow)
      return { intercept: beta[0] ?? 0, weights: beta.slice(1) };
  }
  throw new Error(`the fit has not settled after ${mostSteps} steps`);
};

/** Gradient of the penalized log-likelihood and its negated Hessian; the intercept, first, is not penalized. */
const slopeAt = (
  beta: readonly number[],
  examples: readonly Example[],
): { readonly gradient: number[]; readonly hessian: number[][] } => {
  const size = beta.length;
  const gradient = beta.map((value, index) => (index === 0 ? 0 : -ridge * value));
  const hessian = beta.map((_, row) =>
    beta.map((__, column): number => (row === column && row > 0 ? ridge : 0)),
  );
  const x = new Float64Array(size);
  for (const { inputs, positive } of examples) {
    x[0] = 1;
    x.set(inputs, 1);
    let logOdds = 0;
    for (let index = 0; index < size; index++) logOdds += (beta[index] ?? 0) * (x[index] ?? 0);
    const expected = sigmoid(logOdds);
    const error = (positive ? 1 : 0) - expected;
    const curve = expected * (1 - expected);
    for (let row = 0; row < size; row++) {
      const value = x[row] ?? 0;
      gradient[row] = (gradient[row] ?? 0) + error * value;
      const line = hessian[row];
      if (line)
        for (let column = 0; column < size; column++)
          line[column] = (line[column] ?? 0) + curve * value * (x[column] ?? 0);
    }
  }
  return { gradient, hessian };
};

/** Gaussian elimination with partial pivoting. */
const solve = (matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] => {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  const size = rows.length;
  for (let pivot = 0; pivot < size; pivot++) {
    const best = rows.reduce(
      (found, row, index) =>
        index > pivot && Math.abs(row[pivot] ?? 0) > Math.abs(rows[found]?.[pivot] ?? 0) ? index : found,
      pivot,
    );
    [rows[pivot], rows[best]] = [rows[best] ?? [], rows[pivot] ?? []];
    const top = rows[pivot];
    const lead = top?.[pivot] ?? 0;
    if (!top || lead === 0) throw new Error('two features say exactly the same');
    for (const row of rows.slice(pivot + 1)) {
      const factor = (row[pivot] ?? 0) / lead;
      for (let column = pivot; column <= size; column++)
        row[column] = (row[column] ?? 0) - factor * (top[column] ?? 0);
    }
  }
  const solution = Array.from({ length: size }, () => 0);
  for (let index = size - 1; index >= 0; index--) {
    const row = rows[index] ?? [];
    const known = solution.reduce(
      (sum, value, column) => (column > index ? sum + value * (row[column] ?? 0) : sum),
      0,
    );
    solution[index] = ((row[size] ?? 0) - known) / (row[index] ?? 1);
  }
  return solution;
};
