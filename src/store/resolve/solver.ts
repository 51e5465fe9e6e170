import {
  add,
  decide,
  type Literal,
  originalClause,
  propagate,
  type Question,
  type Rule,
  startState,
  type State,
  truth,
} from './assignment.js';
import { learn, refutation } from './learning.js';

export type { Literal, Question, Rule } from './assignment.js';

/**
 * A complete search for a consistent set of choices, by conflict-driven clause learning (Marques-Silva and Sakallah,
 * GRASP, 1996; two watched literals: Moskewicz et al., Chaff, 2001), with the rules of a choice generated only once it
 * is made, as package solvers do. It knows nothing of packages.
 */

/** `refuted` gives the sources of a set of rules that cannot hold together. */
type Solution<W> =
  | { readonly kind: 'chosen'; readonly choices: readonly number[] }
  | { readonly kind: 'refuted'; readonly core: readonly W[] }
  | { readonly kind: 'too-hard' };

/**
 * Finds choices under which every rule holds, if there are any. It is deterministic, and prefers: the demands of the
 * roots in their order come first, then those of each choice in the order in which choices were made; each open demand
 * takes the first literal that is still possible.
 */
export function solve<W>(question: Question<W>): Solution<W> {
  const state = startState(question);
  for (const rule of question.roots) {
    if (add(state, originalClause(rule)) !== null) return { kind: 'refuted', core: refutation(state, originalClause(rule)) };
  }
  for (;;) {
    const conflict = propagate(state);
    if (conflict !== null) {
      if (state.decisions.length === 0) return { kind: 'refuted', core: refutation(state, conflict) };
      learn(state, conflict);
    } else {
      const choice = nextChoice(state);
      if (choice === null) return { kind: 'chosen', choices: state.trail.filter((literal) => literal > 0) };
      decide(state, choice);
    }
    if (state.steps > question.budget) return { kind: 'too-hard' };
  }
}

/** The first open literal of the first demand that nothing satisfies; `null` when all demands are satisfied. */
function nextChoice<W>(state: State<W>): Literal | null {
  for (let { at, demand } = state.position; at < state.trail.length; at += 1, demand = 0) {
    const choice = at < 0 ? 0 : (state.trail[at] as Literal);
    const demands = choice < 0 ? [] : (state.demands.get(choice) ?? []);
    for (; demand < demands.length; demand += 1) {
      const { literals } = demands[demand] as Rule<W>;
      if (literals.some((literal) => truth(state, literal) > 0)) continue;
      state.position = { at, demand };
      // Propagation leaves no demand without an open literal.
      return literals.find((literal) => literal > 0 && truth(state, literal) === 0) as Literal;
    }
  }
  return null;
}

