/** For mutation testing: each property gets a tenth of a second, since a changed program fails it at once or never. */
import fc from 'fast-check'

fc.configureGlobal({ interruptAfterTimeLimit: 100, markInterruptAsFailure: false })
