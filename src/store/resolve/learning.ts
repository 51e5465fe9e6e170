import { add, backjump, type Clause, type Literal, type State } from './assignment.js';

/** Learns from a conflict (first unique implication point), goes back as far as the lesson reaches, and applies it. */
export function learn<W>(state: State<W>, conflict: Clause<W>): void {
  const current = state.decisions.length;
  const parents = [conflict];
  const [fixed, others, seen] = [new Set<number>(), [] as Literal[], new Set<number>()];
  let pending = 0;
  const note = (clause: Clause<W>, except: number): void => {
    state.steps += clause.literals.length;
    for (const literal of clause.literals) {
      const v = Math.abs(literal);
      if (v === except || seen.has(v)) continue;
      seen.add(v);
      const level = state.level[v] as number;
      if (level === 0) fixed.add(v);
      else if (level === current) pending += 1;
      else others.push(literal);
    }
  };
  note(conflict, 0);
  let at = state.trail.length - 1;
  for (; ; at -= 1) {
    const v = Math.abs(state.trail[at] as Literal);
    if (!seen.has(v)) continue;
    if (pending === 1) break;
    pending -= 1;
    const reason = state.reason[v] as Clause<W>;
    parents.push(reason);
    note(reason, v);
  }
  const lesson = -(state.trail[at] as Literal);
  const back = others.reduce((highest, literal) => Math.max(highest, state.level[Math.abs(literal)] as number), 0);
  backjump(state, back);
  add(state, { literals: [lesson, ...others], rule: null, parents, fixed: [...fixed] });
}

/** The sources of all rules that a conflict without any decision comes from. */
export function refutation<W>(state: State<W>, conflict: Clause<W>): readonly W[] {
  const core = new Set<W>();
  const clauses = new Set<Clause<W>>([conflict]);
  const choices = new Set<number>(conflict.literals.map(Math.abs));
  const visited = new Set<number>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const clause of clauses) {
      if (clause.rule !== null) core.add(clause.rule.why);
      for (const parent of clause.parents) clauses.add(parent);
      for (const v of clause.fixed) choices.add(v);
    }
    for (const v of choices) {
      if (visited.has(v)) continue;
      visited.add(v);
      grown = true;
      const reason = state.reason[v];
      if (reason === undefined || reason === null) continue;
      clauses.add(reason);
      for (const literal of reason.literals) choices.add(Math.abs(literal));
    }
  }
  return [...core];
}
