/** Cut where it is too long, and says so: what was cut off cannot be taken for the whole. */
export const cutText = (text: string, length: number): string =>
  text.length <= length
    ? text
    : `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…[cut, ${text.length} characters]`;
