import { sinkCases } from '@tdp-sync/sink/conformance';
import { test } from 'vitest';
import { harness } from '../src/conformance.ts';

test.each(sinkCases(harness()))('$name', ({ run }) => run());
