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
    /** Sees that what was begun ends, though this model ends before. */
    private val toItsEnd: suspend (suspend () -> Outcome<Unit>) -> Outcome<Unit>,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ChangePinState, ChangePinEvent>(ChangePinState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(old = next) } }, ::begin)
    private val proof = Proof<PinChange>()

    /** Whether the new PIN is being set, which nothing breaks off. */
    private var isChanging = false
    private var isHidden = false

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

    override fun hide() {
        entry.hide()
        // What is being set is set in the end, or its proof goes then.
        if (isChanging) isHidden = true else if (state.value.step != ChangePinStep.DONE) beginAnew()
    }

    override fun close() {
        entry.close()
        newPin?.close()
        proof.forget()
        change { ChangePinState() }
    }

    private suspend fun begin(pin: ByteArray): Outcome<*> = proof.get({ safety.beginPinChange(pin) }) {
        newPin = NewPinModel(::finish, leave, scope)
        change { it.copy(step = ChangePinStep.NEW) }
    }

    private suspend fun finish(newPin: ByteArray): Outcome<*> {
        isHidden = false
        isChanging = true
        val outcome = try {
            val held = proof.value
            if (held == null) Outcome.Failed(Problem.Locked) else toItsEnd { held.change(newPin) }
        } finally {
            isChanging = false
        }
        if (outcome is Outcome.Done) {
            proof.forget()
            change { it.copy(step = ChangePinStep.DONE) }
        } else if (isHidden) {
            beginAnew()
        }
        return outcome
    }

    private fun beginAnew() {
        newPin?.close()
        newPin = null
        proof.forget()
        change { it.copy(step = ChangePinStep.OLD) }
    }
}
