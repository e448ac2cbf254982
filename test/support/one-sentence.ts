import assert from 'node:assert/strict';

/** A command that gives up says why once, in the log or after it (and which task failed), and shows no stack. */
export function assertOneSentence(said: string, about: string): void {
  const lines = said.trimEnd().split('\n');
  const sentences = lines.filter((line) => !/^\d\d:\d\d:\d\d (INFO|WARNING|ERROR \w+ failed:) /.test(line));
  assert.equal(sentences.length, 1, `${about}:\n${said}`);
  assert.doesNotMatch(said, /this is a bug|^\s+at /m, about);
}
