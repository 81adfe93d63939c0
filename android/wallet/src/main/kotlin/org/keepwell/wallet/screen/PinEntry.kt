package org.keepwell.wallet.screen

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem

/** What a PIN pad shows: how many digits, never which. */
data class PinState(
    val entered: Int = 0,
    val isChecking: Boolean = false,
    val problem: Problem? = null,
    /** Seconds until the next try is allowed. */
    val wait: Long = 0,
) {
    /** Whether digits are taken. */
    val isOpen get() = !isChecking && wait == 0L && problem?.needsWords != true

    /** Whether there are enough digits to try. */
    val canSubmit get() = isOpen && entered >= Pin.SHORTEST
}

/** What is done on a PIN pad. */
sealed interface PinEvent {
    /** A key of the pad; its text says nothing, so that no log can. */
    class Digit(val digit: Char) : PinEvent {
        override fun toString() = "Digit(..)"
    }

    data object Erase : PinEvent
    data object Submit : PinEvent
}

/** Digits as they are typed, in one array that is overwritten after use; no String ever holds them. */
class Pin {
    private val digits = ByteArray(LONGEST)

    /** How many digits there are. */
    var size = 0
        private set

    /** Adds a digit; what is too long or no digit is left out. */
    fun append(digit: Char) {
        if (size < LONGEST && digit in '0'..'9') digits[size++] = digit.code.toByte()
    }

    /** Takes the last digit back. */
    fun removeLast() {
        if (size > 0) digits[--size] = 0
    }

    /** Lends a copy to [block] and overwrites the copy and the digits, whatever happens. */
    suspend fun <T> consume(block: suspend (ByteArray) -> T): T {
        val copy = digits.copyOf(size)
        clear()
        try {
            return block(copy)
        } finally {
            copy.fill(0)
        }
    }

    /** Overwrites the digits. */
    fun clear() {
        digits.fill(0)
        size = 0
    }

    override fun toString() = "Pin(..)"

    companion object {
        /** The fewest digits that a wallet accepts. */
        const val SHORTEST = 6

        /** The most that it accepts. */
        const val LONGEST = 64
    }
}

/** The rules of a PIN pad: collects digits, tries them, and waits where the wallet says so. */
class PinEntry(
    private val scope: CoroutineScope,
    private val change: (PinState) -> Unit,
    private val attempt: suspend (ByteArray) -> Outcome<*>,
) {
    private val pin = Pin()
    private var waiting: Job? = null
    private var state = PinState()

    /** Takes in a key of the pad. */
    fun on(event: PinEvent) {
        if (!state.isOpen) return
        when (event) {
            is PinEvent.Digit -> pin.append(event.digit)
            PinEvent.Erase -> pin.removeLast()
            PinEvent.Submit -> if (state.canSubmit) return submit()
        }
        show(state.copy(entered = pin.size, problem = state.problem.takeUnless { it is Problem.DeviceKeyRefused }))
    }

    /** Overwrites digits that were not tried yet: whoever takes the phone has them to type. */
    fun hide() {
        if (state.isChecking) return
        pin.clear()
        show(state.copy(entered = 0))
    }

    /** Overwrites what was typed, for another. */
    fun clear() {
        close()
        show(PinState())
    }

    /** Overwrites what was typed. */
    fun close() {
        waiting?.cancel()
        pin.clear()
    }

    private fun submit() {
        show(state.copy(isChecking = true, problem = null))
        scope.launch {
            when (val outcome = pin.consume(attempt)) {
                is Outcome.Done -> show(PinState())
                is Outcome.Failed -> {
                    show(PinState(problem = outcome.problem))
                    (outcome.problem as? Problem.PinDelayed)?.let { countDown(it.seconds) }
                }
            }
        }
    }

    private fun countDown(from: Long) {
        waiting = scope.launch {
            for (left in from downTo 1) {
                show(state.copy(wait = left))
                delay(1.seconds)
            }
            show(PinState())
        }
    }

    private fun show(next: PinState) {
        state = next
        change(next)
    }
}
