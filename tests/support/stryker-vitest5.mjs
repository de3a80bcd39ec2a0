/**
 * Stryker's vitest runner for Vitest 5, which joins the names of suite and test by ` > ` where the runner expects a
 * blank: its filters would match no test, and every mutant would seem to survive.
 */
import { strykerPlugins as plugins } from '@stryker-mutator/vitest-runner'

/** Lets a blank in a name filter stand for either separator. */
function acceptBothSeparators(config) {
  let pattern
  Object.defineProperty(config, 'testNamePattern', {
    enumerable: true,
    get: () => pattern,
    set: (wanted) => {
      pattern = wanted === undefined ? undefined : new RegExp(wanted.source.replaceAll(' ', '(?: > | )'))
    },
  })
}

function createRunner(injector) {
  const runner = plugins[0].factory(injector)
  const init = runner.init.bind(runner)
  runner.init = async () => {
    await init()
    for (const project of runner.ctx.projects) acceptBothSeparators(project.config)
  }
  return runner
}
createRunner.inject = ['$injector']

export const strykerPlugins = [{ ...plugins[0], name: 'vitest5', factory: createRunner }]
