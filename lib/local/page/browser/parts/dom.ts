/** What an element is made with. `null` and `false` leave an attribute out; everything is text, nothing is ever markup. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;
export type Child = Node | string;

const adorned = <E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E => {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  element.append(...children);
  return element;
};

export const el = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] => adorned(document.createElement(tag), attributes, children);

export const svg = <K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] =>
  adorned(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

/** Writes only what changed: an unchanged text costs no layout. */
export const setText = (node: Node, text: string): void => {
  if (node.textContent !== text) node.textContent = text;
};

/** Writes only what changed; `null` and `false` take the attribute away. */
export const setAttribute = (
  element: Element,
  name: string,
  value: string | number | boolean | null,
): void => {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
};

/** A custom property of the style sheet, set through the CSSOM: the page has no style attributes. */
export const setProperty = (element: HTMLElement | SVGElement, name: `--${string}`, value: string): void => {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
};

export const button = (
  label: string,
  onPress: () => void,
  attributes: Attributes = {},
): HTMLButtonElement => {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onPress);
  return made;
};
