import type { CallExpr, Expr, FoldExpr } from './expr.js';
import type { Code, Frame } from './frame.js';
import { insertInto } from './library/operators.js';
import { LIST_COST, NAME_COST } from './runtime-cost.js';
import { ArrayList, CelList, CelMap, EntryMap, Failure, noOverload, type Value } from './value.js';

/** Compiles the parts of a loop. */
export interface PartCompiler {
  compile(expr: Expr): Code;
  /** Compiles with a local variable in scope. @param make gets the variable's slot */
  local<T>(name: string, make: (slot: number) => T): T;
}

/** Does one turn of a loop. @returns whether the loop goes on */
type Turn = (frame: Frame) => boolean;

/** A loop over a list or map. */
export function compileFold(compiler: PartCompiler, expr: FoldExpr): Code {
  const range = compiler.compile(expr.range);
  const { variable2 } = expr;
  const init = compiler.compile(expr.init);
  return compiler.local(expr.accumulator, (accumulator) => {
    const loop = compiler.local(expr.variable, (first) =>
      variable2 === undefined
        ? { turn: compileTurn(compiler, expr, accumulator), first, second: undefined }
        : compiler.local(variable2, (second) => ({ turn: compileTurn(compiler, expr, accumulator), first, second })),
    );
    const result = compiler.compile(expr.result);
    const run = runner(loop.turn, loop.first, loop.second);
    return (frame) => {
      const over = range(frame);
      frame.slots[accumulator] = grown(expr.init) ?? init(frame);
      run(frame, over);
      return result(frame);
    };
  });
}

/** The collection that the loop adds to: it is the loop's alone until the loop ends. */
function grown(init: Expr): EntryMap | ArrayList | undefined {
  if (init.kind === 'map') return new EntryMap();
  return init.kind === 'list' ? new ArrayList([]) : undefined;
}

function runner(turn: Turn, first: number, second: number | undefined): (frame: Frame, over: Value) => void {
  return (frame, over) => {
    if (over instanceof CelList) {
      for (let i = 0; i < over.length; i++) {
        frame.slots[first] = second === undefined ? over.at(i) : BigInt(i);
        if (second !== undefined) frame.slots[second] = over.at(i);
        if (!turn(frame)) return;
      }
    } else if (over instanceof CelMap) {
      for (const key of over.keys()) {
        frame.slots[first] = key;
        if (second !== undefined) frame.slots[second] = over.find(key)!;
        if (!turn(frame)) return;
      }
    } else {
      throw noOverload();
    }
  };
}

function compileTurn(compiler: PartCompiler, expr: FoldExpr, accumulator: number): Turn {
  const { step, init } = expr;
  if (step.kind === 'call' && (init.kind === 'list' || init.kind === 'map')) {
    const add = compileAddition(compiler, step, accumulator);
    if (add !== undefined) return add;
  }
  const condition = compiler.compile(expr.condition);
  const code = compiler.compile(step);
  const tolerant = step.kind === 'call' && (step.name === '_&&_' || step.name === '_||_');
  return (frame) => {
    if (condition(frame) !== true) return false;
    try {
      frame.slots[accumulator] = code(frame);
    } catch (error) {
      // A failure lasts until a later item decides.
      if (!tolerant || !(error instanceof Failure)) throw error;
      frame.slots[accumulator] = error;
    }
    return true;
  };
}

/** `accumulator + [item]`, also behind a test: grows the list in place. */
function compileAddition(compiler: PartCompiler, step: CallExpr, accumulator: number): Turn | undefined {
  if (step.name === '_?_:_') {
    const [test, addition] = step.args;
    const add = addition?.kind === 'call' ? compileAddition(compiler, addition, accumulator) : undefined;
    if (add === undefined) return undefined;
    const code = compiler.compile(test!);
    return (frame) => {
      const value = code(frame);
      if (typeof value !== 'boolean') throw noOverload();
      if (value) return add(frame);
      frame.spend(NAME_COST);
      return true;
    };
  }
  if (step.name === 'cel.@mapInsert') {
    const entry = step.args.slice(1).map((arg) => compiler.compile(arg));
    return (frame) => {
      frame.spend(NAME_COST + 1);
      insertInto(
        frame.slots[accumulator] as EntryMap,
        entry.map((code) => code(frame)),
      );
      return true;
    };
  }
  const list = step.args[1];
  if (step.name !== '_+_' || list?.kind !== 'list' || list.elements.length !== 1 || list.optional.size > 0)
    return undefined;
  const item = compiler.compile(list.elements[0]!);
  return (frame) => {
    const value = item(frame);
    frame.spend(NAME_COST + LIST_COST + 1);
    (frame.slots[accumulator] as ArrayList).add(value);
    return true;
  };
}
