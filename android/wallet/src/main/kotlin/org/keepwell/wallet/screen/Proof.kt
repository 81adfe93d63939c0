package org.keepwell.wallet.screen

import org.keepwell.wallet.model.Outcome

/** What a PIN gave: held until it is forgotten, and closed at once where it comes later than that. */
internal class Proof<T : AutoCloseable> {
    /** Grows each time it is forgotten. */
    private var forgotten = 0

    /** Null where there is none, or none any more. */
    var value: T? = null
        private set

    /** Asks for it, and lends it to [held] unless nobody wants it any more. */
    suspend fun get(ask: suspend () -> Outcome<T>, held: (T) -> Unit): Outcome<*> {
        val asked = forgotten
        val outcome = ask()
        if (outcome is Outcome.Done) {
            if (asked != forgotten) {
                outcome.value.close()
            } else {
                value?.close()
                value = outcome.value
                held(outcome.value)
            }
        }
        return outcome
    }

    /** Closes it; what was asked for before and comes later is closed, too. */
    fun forget() {
        forgotten++
        value?.close()
        value = null
    }
}
