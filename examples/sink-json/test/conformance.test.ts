import { sinkCases } from '@tdp-sync/sink/conformance';
import { test } from 'vitest';
import { harness } from '../src/conformance.ts';

// Some of them write tens of thousands of rows.
test.each(sinkCases(harness()))('$name', ({ run }) => run(), 60_000);
