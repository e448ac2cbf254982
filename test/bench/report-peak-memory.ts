import { writeSync } from 'node:fs';

// imported ahead of a script, reports on fd 3 how much memory the process had at most, in KiB
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));
