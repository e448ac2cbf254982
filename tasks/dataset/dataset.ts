import { sha256Of } from '../artifacts/digest.ts';
import creditDefault from './credit-default.json' with { type: 'json' };
import { columnsOf, type DatasetColumn } from './dataset-column.ts';
import { type DatasetSpec, datasetSchema } from './dataset-schema.ts';

/** Which rows the pipeline learns from: where they are, and what their columns are. */
export class Dataset {
  readonly spec: DatasetSpec;
  /** The features in the model's order, then the label: the columns of the CSV. */
  readonly columns: readonly DatasetColumn[];

  constructor({ $schema: _, ...spec }: DatasetSpec) {
    this.spec = spec;
    this.columns = columnsOf(spec);
  }

  get features(): readonly DatasetColumn[] {
    return this.columns.slice(0, -1);
  }

  get label(): DatasetSpec['label'] {
    return this.spec.label;
  }

  /** What class 0 and class 1 are called. */
  get classNames(): readonly [string, string] {
    return this.spec.label.names ?? ['0', '1'];
  }

  get hasMissingValues(): boolean {
    return this.columns.some(({ isNullable }) => isNullable);
  }

  get isStratified(): boolean {
    return this.spec.split?.stratify ?? true;
  }

  /** The source for people: `table loans`. */
  get source(): string {
    return this.spec.table === undefined ? "the dataset's query" : `table ${this.spec.table}`;
  }

  /** True for the loans that the pipeline was first written for, in whichever table. */
  get isCreditDefault(): boolean {
    const { text } = this.withTable('');
    return [ofCreditDefault, ofCreditDefault.#withoutGroups()].some((known) => known.withTable('').text === text);
  }

  /** As it was written before there were groups. */
  #withoutGroups(): Dataset {
    const { groups: _, ...spec } = this.spec;
    return new Dataset(spec);
  }

  /** The same columns of another table. */
  withTable(table: string): Dataset {
    return new Dataset({ ...this.spec, table });
  }

  /** The canonical text: JSON of what was given, in the order of the schema. */
  get text(): string {
    return JSON.stringify(this.spec);
  }

  get sha256(): string {
    return sha256Of(Buffer.from(this.text));
  }
}

/** The five features of the article, in the table `loans`. */
export const ofCreditDefault = new Dataset(datasetSchema.parse(creditDefault));
