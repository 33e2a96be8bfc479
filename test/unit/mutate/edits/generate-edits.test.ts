import assert from 'node:assert/strict';
import { compileModule } from '../../../../mutate/bundle/compile-module.js';
import { replaceParts } from '../../../../mutate/edits/edit.js';
import { generateEdits } from '../../../../mutate/edits/generate-edits.js';

/** Each edit as `kind: the text with it`, which is a program. */
function edited(text: string): readonly string[] {
  return generateEdits('file.ts', text).map(({ kind, replacements }) => {
    const after = replaceParts(text, replacements);
    compileModule('file.ts', after);
    return `${kind}: ${after}`;
  });
}

function keys(text: string): readonly string[] {
  return generateEdits('file.ts', text).map(({ key }) => key);
}

describe('generateEdits', () => {
  it('doubles and halves each numeric constant', () => {
    assert.deepEqual(edited('const LIMIT = 1_000;'), ['double: const LIMIT = 2000;', 'halve: const LIMIT = 500;']);
    assert.deepEqual(edited('f(x, -3);'), ['double: f(x, -6);', 'halve: f(x, -1.5);']);
  });

  it('leaves zero, types and names of properties alone', () => {
    assert.deepEqual(edited('const NONE = 0; type Two = 2; const table = { 3: "three" };'), []);
  });

  it('negates what if, while, do, for and ?: ask', () => {
    assert.deepEqual(edited('if (a) b();'), ['negate: if (!a) b();']);
    assert.deepEqual(edited('while (a > b) c();'), ['negate: while (!(a > b)) c();']);
    assert.deepEqual(edited('do c(); while (!a.b());'), ['negate: do c(); while (a.b());']);
    assert.deepEqual(edited('for (; a; ) b();'), ['negate: for (; !a; ) b();']);
    assert.deepEqual(edited('const c = a ? b : d;'), ['negate: const c = !a ? b : d;']);
    assert.deepEqual(edited('while (true) b();'), ['negate: while (false) b();']);
  });

  it('negates a condition as a whole and each operand of it', () => {
    assert.deepEqual(edited('if (a && (b || !c)) d();'), [
      'negate: if (!(a && (b || !c))) d();',
      'negate: if (!a && (b || !c)) d();',
      'negate: if (a && (!(b || !c))) d();',
      'negate: if (a && (!b || !c)) d();',
      'negate: if (a && (b || c)) d();',
    ]);
    assert.deepEqual(edited('if (!(a && b)) c();'), [
      'negate: if ((a && b)) c();',
      'negate: if (!(!a && b)) c();',
      'negate: if (!(a && !b)) c();',
    ]);
  });

  it('negates operands that are passed on where they answer yes or no', () => {
    assert.deepEqual(edited('const full = a.isFull || a.size > b;'), [
      'negate: const full = !a.isFull || a.size > b;',
      'negate: const full = a.isFull || !(a.size > b);',
    ]);
    assert.deepEqual(edited("const shown = text || 'none';"), []);
    assert.deepEqual(edited('const name = user && user.name;'), ['negate: const name = !user && user.name;']);
  });

  it('negates the answers of predicates', () => {
    assert.deepEqual(edited('condition(() => done);'), ['negate: condition(() => !done);']);
    assert.deepEqual(edited('list.filter(({ a }) => a || b);'), [
      'negate: list.filter(({ a }) => !(a || b));',
      'negate: list.filter(({ a }) => !a || b);',
      'negate: list.filter(({ a }) => a || !b);',
    ]);
    assert.deepEqual(edited('list.some((a) => { const b = c(a); return b; });'), [
      'negate: list.some((a) => { const b = c(a); return !b; });',
    ]);
    assert.deepEqual(edited('list.map((a) => a.b);'), []);
  });

  it('removes each awaited call', () => {
    assert.deepEqual(edited('async function f() { await a(); }'), ['remove: async function f() { ; }']);
    assert.deepEqual(edited('async function f() { return (await a()).b; }'), [
      'remove: async function f() { return (undefined).b; }',
    ]);
    assert.deepEqual(edited('async function f() { await promise; }'), []);
  });

  it('swaps neighbouring awaited calls that do not need each other', () => {
    const swaps = (text: string): readonly string[] => edited(text).filter((edit) => edit.startsWith('swap'));
    assert.deepEqual(swaps('async function f() { await a(); b = await c(); }'), [
      'swap: async function f() { b = await c(); await a(); }',
    ]);
    assert.deepEqual(swaps('async function f() { const a = await b(); await c(a); }'), []);
    assert.deepEqual(swaps('async function f() { a = await b(); await c(a); }'), []);
    assert.deepEqual(swaps('async function f() { await a(); b(); await c(); }'), []);
    assert.deepEqual(swaps('async function f() { await a(); await a(); }'), []);
  });

  it('swaps calls that are made together', () => {
    assert.deepEqual(edited('Promise.all([a(), b(), c]);'), ['swap: Promise.all([b(), a(), c]);']);
    assert.deepEqual(edited('f([a(), b()]);'), []);
  });

  it('names edits by what is around them, and counts what looks alike', () => {
    const text = `
      const LIMIT = 5;
      class Ledger { admit() { return list.filter((a) => a); } }
      export async function build() {
        const later = () => { if (done) f(); };
        if (done) f();
        if (done) g();
      }`;
    assert.deepEqual(keys(text), [
      'file.ts#LIMIT double: 5 in LIMIT = 5',
      'file.ts#LIMIT halve: 5 in LIMIT = 5',
      'file.ts#Ledger.admit negate: a',
      'file.ts#build.later negate: done',
      'file.ts#build negate: done',
      'file.ts#build negate: done (2)',
    ]);
  });

  it('keeps the names when other lines come', () => {
    const text = 'async function f() { if (a) await b(2); }';
    const moved = `import { x } from './x.js';\n\n// A remark.\nconst Y = x;\n${text}`;
    assert.deepEqual(keys(moved), keys(text));
  });

  it('shows the line before and after', () => {
    const [edit] = generateEdits('file.ts', 'const A = b;\nif (A) {\n  f();\n}\n');
    assert.deepEqual([edit?.line, edit?.before, edit?.after], [2, 'if (A) {', 'if (!A) {']);
  });
});
