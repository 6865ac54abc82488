import { registerHooks } from 'node:module';

// Given to a process by --import, it finds `sdk.ts` where it looks for the SDK that users install.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@opentelemetry/sdk-node'
      ? { url: new URL('./sdk.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
