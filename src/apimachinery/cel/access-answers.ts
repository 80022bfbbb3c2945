import type { Outcome, Program } from './evaluate.js';
import type { Variables } from './frame.js';
import { AccessChecker, type AccessDecision, type AccessQuestion } from './library/authorizer.js';

/** An answer is not there yet; ends the evaluation, which is begun anew when it is. */
class AnswerNeeded {
  constructor(readonly given: Promise<void>) {}
}

/** Answers that are given once a question, whether at once or after a while. Make one for each request. */
export class AccessAnswers extends AccessChecker {
  private readonly known = new Map<string, AccessDecision>();

  constructor(private readonly ask: (question: AccessQuestion) => AccessDecision | Promise<AccessDecision>) {
    super();
  }

  override check(question: AccessQuestion): AccessDecision {
    const key = JSON.stringify(question);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const answer = this.ask(question);
    if (!(answer instanceof Promise)) {
      this.known.set(key, answer);
      return answer;
    }
    throw new AnswerNeeded(answer.then((decision) => void this.known.set(key, decision)));
  }
}

/**
 * Evaluates an expression whose questions may have to wait for their answers ({@link AccessAnswers}): it runs again for each that had to.
 * Questions are few, since each costs a good part of any limit.
 * @throws what an answer was rejected with
 */
export async function evaluateAsking(program: Program, variables: Variables, costLimit: number): Promise<Outcome> {
  for (;;) {
    try {
      return program.evaluate(variables, costLimit);
    } catch (error) {
      if (!(error instanceof AnswerNeeded)) throw error;
      await error.given;
    }
  }
}
