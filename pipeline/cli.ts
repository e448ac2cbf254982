#!/usr/bin/env node
import '../tasks/runtime/refuse-old-node.ts';
import { keepCompiledCode } from '../tasks/runtime/compile-cache.ts';

// before all the rest is loaded, which then takes half the time
keepCompiledCode();
const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv.slice(2));
