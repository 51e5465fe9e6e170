/** The state of a search: which choices are made, and what follows from them by two watched literals per clause. */

/** `+v`: choice v is made; `-v`: it is not. Choices are numbered from 1. */
export type Literal = number;

/** At least one literal must hold. In a demand the positive ones stand in order of preference, and one is chosen. */
export interface Rule<W> {
  readonly literals: readonly Literal[];
  readonly demand: boolean;
  /** What the rule comes from; given back when it takes part in a refutation. */
  readonly why: W;
}

/** What the search is to satisfy. */
export interface Question<W> {
  readonly roots: readonly Rule<W>[];
  /** The rules that choice `v` brings; asked once, when it is first made. Each must contain `-v`. */
  rulesOf(v: number): readonly Rule<W>[];
  /** Literals of clauses that may be looked at; decisions and lessons are few beside that. */
  readonly budget: number;
}

/** A rule, or a lesson from a conflict. */
export interface Clause<W> {
  /** The two watched literals come first. */
  readonly literals: Literal[];
  /** `null` for a learned clause. */
  readonly rule: Rule<W> | null;
  readonly parents: readonly Clause<W>[];
  /** Choices fixed without any decision, on which the learning relied. */
  readonly fixed: readonly number[];
}

/** Where the search for the next demand stands: index in the trail (-1: the roots), index in the demands there. */
interface Position {
  readonly at: number;
  readonly demand: number;
}

/** The search at one moment; changed in place. */
export interface State<W> {
  readonly question: Question<W>;
  /** By choice: 1 made, -1 ruled out, absent open. */
  readonly value: Array<1 | -1 | undefined>;
  /** By choice, for those that are made or ruled out: how many decisions there were before, and what it follows from. */
  readonly level: number[];
  readonly reason: Array<Clause<W> | null>;
  readonly watches: Map<Literal, Clause<W>[]>;
  readonly demands: Map<number, readonly Rule<W>[]>;
  readonly trail: Literal[];
  /** How much of the trail is propagated. */
  head: number;
  /** Per decision: length of the trail before it, and position in the demands. */
  readonly decisions: Array<{ readonly length: number; readonly position: Position }>;
  position: Position;
  /** What is spent of the budget. */
  steps: number;
}

/** Nothing chosen and nothing ruled out. */
export function startState<W>(question: Question<W>): State<W> {
  return {
    question,
    value: [],
    level: [],
    reason: [],
    watches: new Map(),
    demands: new Map([[0, question.roots.filter((rule) => rule.demand)]]),
    trail: [],
    head: 0,
    decisions: [],
    position: { at: -1, demand: 0 },
    steps: 0,
  };
}

/** A rule as a clause of the search. */
export function originalClause<W>(rule: Rule<W>): Clause<W> {
  return { literals: [...rule.literals], rule, parents: [], fixed: [] };
}

/** 1 when the literal holds, -1 when it does not, 0 when it is open. */
export function truth<W>(state: State<W>, literal: Literal): number {
  const value = state.value[Math.abs(literal)] ?? 0;
  return literal > 0 ? value : -value;
}

/** Takes a clause in under the present assignment; returns it when it is violated. */
export function add<W>(state: State<W>, clause: Clause<W>): Clause<W> | null {
  const { literals } = clause;
  state.steps += literals.length;
  const weight = (literal: Literal): number =>
    truth(state, literal) >= 0 ? Number.MAX_SAFE_INTEGER : (state.level[Math.abs(literal)] as number);
  for (let slot = 0; slot < Math.min(2, literals.length); slot += 1) {
    let best = slot;
    for (let at = slot + 1; at < literals.length; at += 1) {
      if (weight(literals[at] as Literal) > weight(literals[best] as Literal)) best = at;
    }
    swap(literals, slot, best);
  }
  const [first, second] = literals;
  if (first === undefined) return clause;
  if (second !== undefined) {
    watch(state, first, clause);
    watch(state, second, clause);
  }
  if (truth(state, first) < 0) return clause;
  if (truth(state, first) === 0 && (second === undefined || truth(state, second) < 0)) assign(state, first, clause);
  return null;
}

function swap(literals: Literal[], a: number, b: number): void {
  [literals[a], literals[b]] = [literals[b] as Literal, literals[a] as Literal];
}

function watch<W>(state: State<W>, literal: Literal, clause: Clause<W>): void {
  const list = state.watches.get(literal);
  if (list === undefined) state.watches.set(literal, [clause]);
  else list.push(clause);
}

/** Makes or rules out a choice for a reason; `null` when it was decided. */
function assign<W>(state: State<W>, literal: Literal, reason: Clause<W> | null): void {
  const v = Math.abs(literal);
  state.value[v] = literal > 0 ? 1 : -1;
  state.level[v] = state.decisions.length;
  state.reason[v] = reason;
  state.trail.push(literal);
}

/** Makes a choice of its own accord, to see what follows. */
export function decide<W>(state: State<W>, literal: Literal): void {
  state.decisions.push({ length: state.trail.length, position: state.position });
  assign(state, literal, null);
}

/** Undoes all decisions after the first `level`, with what followed from them. */
export function backjump<W>(state: State<W>, level: number): void {
  const undone = state.decisions[level];
  if (undone === undefined) return;
  for (const literal of state.trail.splice(undone.length)) state.value[Math.abs(literal)] = undefined;
  state.head = undone.length;
  state.position = undone.position;
  state.decisions.length = level;
}

/** Draws all consequences; returns the clause that they violate, if any. */
export function propagate<W>(state: State<W>): Clause<W> | null {
  while (state.head < state.trail.length) {
    const literal = state.trail[state.head] as Literal;
    if (literal > 0 && !state.demands.has(literal)) {
      const conflict = open(state, literal);
      if (conflict !== null) return conflict;
    }
    const conflict = visitWatches(state, literal);
    if (conflict !== null) return conflict;
    state.head += 1;
  }
  return null;
}

/** Takes in the rules of a choice that is made for the first time. All of them, so that none is missed after a conflict. */
function open<W>(state: State<W>, choice: number): Clause<W> | null {
  const rules = state.question.rulesOf(choice);
  state.demands.set(choice, rules.filter((rule) => rule.demand));
  let conflict: Clause<W> | null = null;
  for (const rule of rules) {
    const violated = add(state, originalClause(rule));
    // A clause of one literal is watched nowhere: unless it is learned from now, it is lost.
    if (conflict === null || violated?.literals.length === 1) conflict = violated;
  }
  return conflict;
}

/** Moves the watches of clauses in which `-literal` has just become false. */
function visitWatches<W>(state: State<W>, literal: Literal): Clause<W> | null {
  const list = state.watches.get(-literal);
  if (list === undefined) return null;
  state.steps += list.length;
  let kept = 0;
  let conflict: Clause<W> | null = null;
  for (const clause of list) {
    if (conflict === null && moveWatch(state, clause, -literal)) continue;
    list[kept] = clause;
    kept += 1;
    if (conflict !== null) continue;
    const other = clause.literals[0] as Literal;
    if (truth(state, other) < 0) conflict = clause;
    else if (truth(state, other) === 0) assign(state, other, clause);
  }
  list.length = kept;
  return conflict;
}

/** Puts the other watch first; true when a literal that is not false could be watched instead of `literal`. */
function moveWatch<W>(state: State<W>, clause: Clause<W>, literal: Literal): boolean {
  const { literals } = clause;
  if (literals[0] === literal) swap(literals, 0, 1);
  if (truth(state, literals[0] as Literal) > 0) return false;
  for (let at = 2; at < literals.length; at += 1) {
    state.steps += 1;
    if (truth(state, literals[at] as Literal) < 0) continue;
    swap(literals, 1, at);
    watch(state, literals[1] as Literal, clause);
    return true;
  }
  return false;
}

