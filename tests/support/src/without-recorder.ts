// Loaded before tap's own modules where nothing is measured: leaves out the recorder, which notes every file that a test
// and the processes that it starts load, and looks for the source map of each. It is there for coverage and `--changed`,
// can't be switched off, and takes a fifth of a run's time. Should tap name it otherwise, a run is slower, and a policy
// test says so.
import { registerHooks } from 'node:module'

const recorder = '/@tapjs/processinfo/dist/esm/import.mjs'

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier.endsWith(recorder)
      ? { url: 'data:text/javascript,', format: 'module', shortCircuit: true }
      : nextResolve(specifier, context)
})

// Here as well as among the arguments: the processes that a test starts inherit it.
const options = process.env.NODE_OPTIONS?.split(' ').filter((option) => !option.includes(recorder))
if (options) process.env.NODE_OPTIONS = options.join(' ')
