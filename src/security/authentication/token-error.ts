/** A token that is recognised and yet not good; the text is for TokenReviews and logs, requests only get a 401. */
export class TokenError extends Error {
  constructor(fault: string) {
    super(`[${INVALID_BEARER_TOKEN}, ${fault}]`);
    this.name = 'TokenError';
  }
}

/** What a TokenReview says of a token that nobody knows. */
export const INVALID_BEARER_TOKEN = 'invalid bearer token';
