package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.PinChange
import org.keepwell.wallet.service.SafetyService

/** Where changing the PIN stands. */
enum class ChangePinStep { OLD, NEW, DONE }

/** Another PIN. */
data class ChangePinState(val step: ChangePinStep = ChangePinStep.OLD, val old: PinState = PinState())

/** What is done while changing the PIN. */
sealed interface ChangePinEvent {
    class Old(val event: PinEvent) : ChangePinEvent {
        override fun toString() = "Old(..)"
    }

    data object Back : ChangePinEvent
}

/** Takes the PIN that opens the wallet now, then a new one twice. */
class ChangePinModel(
    private val safety: SafetyService,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ChangePinState, ChangePinEvent>(ChangePinState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(old = next) } }, ::begin)
    private var begun: PinChange? = null
    private var isClosed = false

    /** The second step. */
    var newPin: NewPinModel? = null
        private set

    override fun on(event: ChangePinEvent) {
        if (state.value.old.isChecking) return
        when (event) {
            is ChangePinEvent.Old -> if (state.value.step == ChangePinStep.OLD) entry.on(event.event)
            ChangePinEvent.Back -> when (state.value.step) {
                ChangePinStep.OLD, ChangePinStep.DONE -> leave()
                ChangePinStep.NEW -> newPin?.on(NewPinEvent.Back)
            }
        }
    }

    override fun close() {
        isClosed = true
        entry.close()
        forget()
        change { ChangePinState() }
    }

    private suspend fun begin(pin: ByteArray): Outcome<*> {
        val outcome = safety.beginPinChange(pin)
        if (outcome is Outcome.Done) {
            if (isClosed) {
                outcome.value.close()
                return outcome
            }
            begun = outcome.value
            newPin = NewPinModel(::finish, leave, scope)
            change { it.copy(step = ChangePinStep.NEW) }
        }
        return outcome
    }

    private suspend fun finish(newPin: ByteArray): Outcome<*> {
        val outcome = begun?.change(newPin) ?: Outcome.Failed(Problem.Locked)
        if (outcome is Outcome.Done) {
            begun?.close()
            begun = null
            change { it.copy(step = ChangePinStep.DONE) }
        }
        return outcome
    }

    private fun forget() {
        newPin?.close()
        begun?.close()
        begun = null
    }
}
