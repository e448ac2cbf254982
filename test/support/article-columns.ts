import { ofCreditDefault } from '../../tasks/dataset/dataset.ts';
import { headerLine as headerOf } from '../../tasks/loans/loan-lines.ts';

/** The columns of the article's loans, under the names that tests use. */
export const limits = ofCreditDefault.columns;
export const columnNames = ['loan_amount', 'income', 'credit_score', 'age', 'loan_term', 'default_status'] as const;
export const featureNames = columnNames.slice(0, -1);
export const headerLine = headerOf(limits);
