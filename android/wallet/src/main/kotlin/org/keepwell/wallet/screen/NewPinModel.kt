package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem

/** A new PIN that is entered twice. */
data class NewPinState(val isRepeating: Boolean = false, val pad: PinState = PinState())

/** What is done while choosing a PIN. */
sealed interface NewPinEvent {
    class Key(val event: PinEvent) : NewPinEvent {
        override fun toString() = "Key(..)"
    }

    data object Back : NewPinEvent
}

/**
 * Takes a new PIN, twice alike; [chosen] gets it, overwritten afterwards, and what it refuses is chosen again. [leave]
 * goes to what was before.
 */
class NewPinModel(
    private val chosen: suspend (ByteArray) -> Outcome<*>,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<NewPinState, NewPinEvent>(NewPinState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pad = next) } }, ::enter)
    private var first = ByteArray(0)

    override fun on(event: NewPinEvent) {
        if (state.value.pad.isChecking) return
        when (event) {
            is NewPinEvent.Key -> entry.on(event.event)
            NewPinEvent.Back -> back()
        }
    }

    override fun close() {
        entry.close()
        forget()
        change { NewPinState() }
    }

    private suspend fun enter(pin: ByteArray): Outcome<*> {
        if (!state.value.isRepeating) {
            first = pin.copyOf()
            change { it.copy(isRepeating = true) }
            return Outcome.Done(Unit)
        }
        val areAlike = first.contentEquals(pin)
        forget()
        val outcome = if (areAlike) chosen(pin) else Outcome.Failed(Problem.PinsDiffer)
        change { it.copy(isRepeating = false) }
        return outcome
    }

    private fun back() {
        entry.clear()
        if (!state.value.isRepeating) return leave()
        forget()
        change { it.copy(isRepeating = false) }
    }

    private fun forget() {
        first.fill(0)
        first = ByteArray(0)
    }
}
