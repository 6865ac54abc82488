import fc from 'fast-check';

// The same cases on every run: a failure can be looked at again.
fc.configureGlobal({ seed: 20_261_122, numRuns: 300 });

export { fc };
