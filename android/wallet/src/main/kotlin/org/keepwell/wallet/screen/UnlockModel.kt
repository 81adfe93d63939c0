package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.LockService
import org.keepwell.wallet.service.SafetyService

/** The screen before everything else. */
data class UnlockState(
    val pin: PinState = PinState(),
    /** Whether a finger or a face opens the wallet as well. */
    val hasBiometrics: Boolean = false,
    /** Whether the phone asks for a finger or a face now. */
    val isAsking: Boolean = false,
    /** Why a finger or a face did not open it, or what went wrong before. */
    val problem: Problem? = null,
)

/** What is done on the unlock screen. */
sealed interface UnlockEvent {
    class Pin(val event: PinEvent) : UnlockEvent {
        override fun toString() = "Pin(..)"
    }

    data object UseBiometrics : UnlockEvent
}

/**
 * The PIN opens the wallet, and a finger or a face where that is switched on; [lost] hears that the phone knows another one now.
 */
class UnlockModel(
    lock: LockService,
    private val safety: SafetyService,
    private val lost: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<UnlockState, UnlockEvent>(UnlockState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, lock::unlock)

    init {
        scope.launch {
            // Whatever keeps this from being known, the PIN opens.
            val has = safety.hasBiometrics().orElse { return@launch } ?: return@launch
            change { it.copy(hasBiometrics = has) }
        }
    }

    override fun on(event: UnlockEvent) {
        if (state.value.isAsking) return
        when (event) {
            is UnlockEvent.Pin -> {
                entry.on(event.event)
                if (state.value.problem !in STAYS) change { it.copy(problem = null) }
            }
            UnlockEvent.UseBiometrics -> if (state.value.hasBiometrics && !state.value.pin.isChecking) ask()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    /** Says what went wrong elsewhere. */
    fun tell(problem: Problem) = change { it.copy(problem = problem) }

    private fun ask() {
        change { it.copy(isAsking = true, problem = null) }
        scope.launch {
            val problem = safety.unlockWithBiometrics().problemOrNull()
            if (problem == Problem.BiometricsLost) lost()
            val isOver = problem == Problem.BiometricsLost || problem == Problem.BiometricsOff
            change { it.copy(isAsking = false, problem = problem, hasBiometrics = it.hasBiometrics && !isOver) }
        }
    }

    private companion object {
        /** Said until the wallet is open. */
        val STAYS = setOf(Problem.BiometricsLost, Problem.PinChanged, Problem.AccessNotEnded)
    }
}
