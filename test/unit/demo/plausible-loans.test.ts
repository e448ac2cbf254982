import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plausibleLoans } from '../../../pipeline/demo/plausible-loans.ts';
import { columnNames, limits } from '../../support/article-columns.ts';

const loans = [...plausibleLoans(50_000, 42)];

function shareOf(predicate: (loan: (typeof loans)[number]) => boolean): number {
  return loans.filter(predicate).length / loans.length;
}

describe('plausible loans', () => {
  test('are numbered from 1 on', () => {
    assert.ok(loans.every(({ id }, i) => id === i + 1));
  });

  test('keep the limits of every column', () => {
    for (const [at, { type, min, max }] of limits.entries()) {
      const name = columnNames[at] ?? 'id';
      for (const { [name]: value } of loans) {
        assert.ok(value >= min && value <= max, `${name} ${value}`);
        assert.ok(type === 'decimal' || Number.isInteger(value), `${name} ${value}`);
      }
    }
  });

  test('stay within plausible limits', () => {
    for (const { loan_amount, income, credit_score, age, loan_term } of loans) {
      assert.ok(loan_amount >= 500 && loan_amount <= 60_000);
      assert.ok(income >= 12_000 && income <= 250_000);
      assert.ok(credit_score >= 300 && credit_score <= 850);
      assert.ok(age >= 18 && age <= 80);
      assert.ok([6, 12, 24, 36, 48, 60].includes(loan_term));
    }
  });

  test('have amounts in whole cents', () => {
    assert.ok(
      loans.every(
        ({ loan_amount, income }) => /^\d+(\.\d\d?)?$/.test(`${loan_amount}`) && /^\d+(\.\d\d?)?$/.test(`${income}`),
      ),
    );
  });

  test('default in 48 of 100 cases, with any seed', () => {
    for (const seed of [0, 1, 42, 4_294_967_295]) {
      const defaulted = [...plausibleLoans(20_000, seed)].filter(({ default_status }) => default_status === 1).length;
      assert.ok(Math.abs(defaulted / 20_000 - 0.48) < 0.015, `seed ${seed}: ${defaulted}`);
    }
  });

  test('default more often with a poor credit score, but not always', () => {
    const poor = shareOf(({ credit_score, default_status }) => credit_score < 550 && default_status === 1);
    const good = shareOf(({ credit_score, default_status }) => credit_score > 650 && default_status === 1);
    assert.ok(poor > 3 * good && good > 0.02, `${poor} against ${good}`);
  });

  test('are the same for the same seed, however many there are, and others for another', () => {
    assert.deepEqual([...plausibleLoans(100, 42)], loans.slice(0, 100));
    assert.notDeepEqual([...plausibleLoans(100, 43)], loans.slice(0, 100));
  });
});
