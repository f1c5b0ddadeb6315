// SVG as text: elements with escaped attributes and numbers that are no longer than what can be seen.

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Coordinates to a tenth of a unit. */
export const round = (x: number): string => String(Math.round(x * 10) / 10 + 0);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (c) => ENTITIES[c]!);

/** `<name attributes>children</name>`; children are SVG already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(String(value))}"`)
    .join('');
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`;
}

/** A line of text; its baseline starts at (x, y), or as text-anchor says. */
export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(content));

/** A group that stands at (x, y). */
export const at = (x: number, y: number, ...children: string[]): string =>
  element('g', { transform: `translate(${round(x)},${round(y)})` }, ...children);

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element('line', { x1, y1, x2, y2, ...attributes });
