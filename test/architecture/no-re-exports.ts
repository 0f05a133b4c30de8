import type { Declaration, RuleContext } from './lint-rule.ts';

const message =
  'a barrel begins here: expected a name to be exported by the file that defines it, and by no other. Fix: leave this export out, and import from that file.';

/** What is imported is not exported again, neither as `export … from` nor by its name. */
export const noReExports = {
  create(context: RuleContext) {
    const imported = new Set<string>();
    const exported: (readonly [node: Declaration, names: readonly string[]])[] = [];
    return {
      ImportDeclaration({ specifiers = [] }: Declaration): void {
        for (const { local } of specifiers) imported.add(local.name);
      },
      ExportAllDeclaration(node: Declaration): void {
        context.report({ node, message });
      },
      ExportNamedDeclaration(node: Declaration): void {
        if (node.source !== null) context.report({ node, message });
        else exported.push([node, (node.specifiers ?? []).map(({ local }) => local.name)]);
      },
      // An import may stand below the export that passes it on.
      'Program:exit'(): void {
        for (const [node, names] of exported)
          if (names.some((name) => imported.has(name))) context.report({ node, message });
      },
    };
  },
};
