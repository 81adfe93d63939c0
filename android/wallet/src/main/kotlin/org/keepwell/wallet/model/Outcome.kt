package org.keepwell.wallet.model

/** What a call to the wallet led to; a screen handles both. */
sealed interface Outcome<out T> {
    /** It was done. */
    data class Done<T>(val value: T) : Outcome<T>

    /** It was refused or failed, and nothing changed. */
    data class Failed(val problem: Problem) : Outcome<Nothing>
}

/** The value, or null where the call failed and [otherwise] has been told why. */
inline fun <T> Outcome<T>.orElse(otherwise: (Problem) -> Unit): T? = when (this) {
    is Outcome.Done -> value
    is Outcome.Failed -> {
        otherwise(problem)
        null
    }
}

/** Why the call failed, or null where it did not. */
fun Outcome<*>.problemOrNull(): Problem? = (this as? Outcome.Failed)?.problem
