#!/usr/bin/env node

// Imports nothing at first: on an older Node the imports would fail with an error that explains nothing.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 19)) {
  // Compiling what is imported is a good part of a short command: the next start finds it in Node's cache.
  (await import('node:module')).enableCompileCache();
  try {
    const { start } = await import('../dist/start.js');
    process.exitCode = await start();
  } catch (error) {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    process.stderr.write(
      `tdp-sync cannot open its own files: this process may have too few open at once (${error.code}). Raise the limit: ulimit -n.\n`,
    );
    process.exitCode = 2;
  }
} else {
  process.stderr.write(
    `tdp-sync needs Node.js 22.19 or newer; this is ${process.versions.node}.\n`,
  );
  process.exitCode = 2;
}
