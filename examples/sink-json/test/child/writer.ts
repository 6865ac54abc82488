import { load } from './load.ts';

// writer.ts <folder> <first key> <count>: that many loads, one after the other.
const [folder = '', first = '0', count = '0'] = process.argv.slice(2);
for (let n = 0; n < Number(count); n += 1) await load(folder, Number(first) + n, 'a');
