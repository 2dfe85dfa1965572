import { describe, expect, it } from 'vitest';
import { createKeptAnswers } from './kept-answers.ts';

const answer = (digest: string, added: Promise<void> = Promise.resolve()) => ({ digest, added });

describe('createKeptAnswers', () => {
  it('gives up the eldest beyond 10,000', () => {
    const answers = createKeptAnswers();
    for (let index = 0; index <= 10_000; index += 1) answers.keep(`k${index}`, answer('d'), 0);
    expect(answers.find('k0', 0)).toBeUndefined();
    expect(answers.find('k1', 0)?.digest).toBe('d');
    expect(answers.find('k10000', 0)?.digest).toBe('d');
  });

  it('forgets what failed, unless it was replaced meanwhile', async () => {
    const answers = createKeptAnswers();
    const failing = Promise.withResolvers<void>();
    answers.keep('a', answer('first', failing.promise), 0);
    answers.keep('b', answer('first', failing.promise), 0);
    answers.keep('b', answer('second'), 0);
    failing.reject(new Error('disk is full'));
    await expect(failing.promise).rejects.toThrow('disk is full');
    await Promise.resolve();
    expect(answers.find('a', 0)).toBeUndefined();
    expect(answers.find('b', 0)?.digest).toBe('second');
  });
});
