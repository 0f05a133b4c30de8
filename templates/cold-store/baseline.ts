/** Mean and standard deviation of the watched number in the sample. Put what you know of your domain in their place. */
export const baseline = { mean: -18.1, deviation: 0.3559 };
