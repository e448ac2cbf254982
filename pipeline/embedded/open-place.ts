import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseUnavailable } from '../../tasks/runtime/exit-codes.ts';
import { isMissing } from './file-errors.ts';

/** Root's folder that every user can enter, for what root keeps where nobody else can. */
const openPlace = '/var/tmp/credit-default-pipeline';
