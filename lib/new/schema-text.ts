import { laidOut, memberName, type Code } from './code.ts';
import { isRequired, kindsIn, type Kind, type Shape } from './shape.ts';

/** What was never seen with a value may have any. */
const unknown = 'Type.Unknown()';

const simple: Readonly<Record<Exclude<Kind, 'object' | 'array'>, Code>> = {
  string: 'Type.String()',
  instant: "Type.String({ format: 'date-time' })",
  number: 'Type.Number()',
  integer: 'Type.Integer()',
  boolean: 'Type.Boolean()',
  null: 'Type.Null()',
};

/** A name for the schema of a member: `shipping-address` → `ShippingAddress`. */
const pascalCase = (text: string): string => {
  const words = text.match(/[A-Za-z0-9]+/g) ?? [];
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Z]/.test(name) ? name : `Part${name}`;
};

/** Hands out names that the file does not have yet, and that hide nothing everybody knows. */
const namesBeside = (taken: Iterable<string>): ((member: string) => string) => {
  const names = new Set(taken);
  return (member) => {
    const wanted = pascalCase(member);
    const base = Object.hasOwn(globalThis, wanted) ? `${wanted}Part` : wanted;
    let name = base;
    for (let number = 2; names.has(name); number += 1) name = `${base}${number}`;
    names.add(name);
    return name;
  };
};

/**
 * The schema of a shape in TypeBox: constants, the outermost last. An object in an object is a constant of its own.
 *
 * @param name - of the outermost, which is exported
 */
export const schemaText = (shape: Shape, name: string): readonly string[] => {
  const nameFor = namesBeside([name, 'Type', 'Static']);
  const constants: string[] = [];
  const codeOf = (of: Shape, member: string): Code => {
    const found = kindsIn(of);
    if (found.every((kind) => kind === 'null')) return unknown;
    const codes = found.map((kind): Code => {
      if (kind === 'object') {
        const own = nameFor(member);
        define(of, own, 'const');
        return own;
      }
      if (kind !== 'array') return simple[kind];
      const items = of.items === undefined ? unknown : codeOf(of.items, `${member} item`);
      return { call: 'Type.Array', argument: items };
    });
    const [only, ...others] = codes;
    return only === undefined || others.length > 0 ? { call: 'Type.Union', list: codes } : only;
  };
  const define = (of: Shape, own: string, declaration: string): void => {
    const lines = [...of.members].map(([member, inner]) => {
      const code = codeOf(inner, member);
      const whole = isRequired(of, inner) ? code : { call: 'Type.Optional', argument: code };
      return laidOut(`  ${memberName(member)}: `, whole, ',');
    });
    constants.push(
      lines.length === 0
        ? `${declaration} ${own} = Type.Object({});`
        : [`${declaration} ${own} = Type.Object({`, ...lines, '});'].join('\n'),
    );
  };
  define(shape, name, 'export const');
  return constants;
};
