// `Math.max(...values)` puts every value on the stack: with some hundred thousand of them it throws. These fold.

/** The lowest of the values and of `or`, which is the answer where there are none. */
export function lowest(values: Iterable<number>, or = Infinity): number {
  let found = or;
  for (const value of values) if (value < found) found = value;
  return found;
}

/** The highest of the values and of `or`, which is the answer where there are none. */
export function highest(values: Iterable<number>, or = -Infinity): number {
  let found = or;
  for (const value of values) if (value > found) found = value;
  return found;
}
