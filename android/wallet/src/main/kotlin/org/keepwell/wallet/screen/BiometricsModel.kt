package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.SafetyService

/** Whether a finger or a face opens the wallet, and switching that. */
data class BiometricsState(
    /** Null until that is known. */
    val isOn: Boolean? = null,
    /** Whether the PIN is asked for, to switch it on. */
    val isConfirming: Boolean = false,
    val pin: PinState = PinState(),
    val isBusy: Boolean = true,
    /** Whether it went off by itself, because the phone came to know another finger or face. */
    val wasLost: Boolean = false,
    val problem: Problem? = null,
)

/** What is done about it. */
sealed interface BiometricsEvent {
    data object SwitchOn : BiometricsEvent
    data object SwitchOff : BiometricsEvent
    data object Retry : BiometricsEvent
    class Pin(val event: PinEvent) : BiometricsEvent {
        override fun toString() = "Pin(..)"
    }

    data object Back : BiometricsEvent
}

/** Switches opening by a finger or a face on, against the PIN, and off. */
class BiometricsModel(
    private val safety: SafetyService,
    wasLost: Boolean,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<BiometricsState, BiometricsEvent>(BiometricsState(wasLost = wasLost), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::enable)

    init {
        load()
    }

    override fun on(event: BiometricsEvent) {
        val now = state.value
        if (now.pin.isChecking || now.isBusy && event != BiometricsEvent.Back) return
        when (event) {
            BiometricsEvent.SwitchOn -> if (now.isOn == false) change { it.copy(isConfirming = true, problem = null) }
            BiometricsEvent.SwitchOff -> disable()
            BiometricsEvent.Retry -> load()
            is BiometricsEvent.Pin -> if (now.isConfirming) entry.on(event.event)
            BiometricsEvent.Back -> back()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    private fun load() {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val isOn = safety.hasBiometrics().orElse { problem -> change { it.copy(problem = problem) } }
            change { it.copy(isOn = isOn ?: it.isOn, isBusy = false) }
        }
    }

    private suspend fun enable(pin: ByteArray): Outcome<*> {
        val outcome = safety.enableBiometrics(pin)
        if (outcome is Outcome.Done) change { it.copy(isOn = true, isConfirming = false, wasLost = false) }
        return outcome
    }

    private fun disable() {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val problem = safety.disableBiometrics().problemOrNull()
            // Where only one of two things failed it is off all the same.
            val now = safety.hasBiometrics()
            val isOn = if (now is Outcome.Done) now.value else state.value.isOn
            change { it.copy(isOn = isOn, isBusy = false, problem = problem) }
        }
    }

    private fun back() {
        if (!state.value.isConfirming) return leave()
        entry.clear()
        change { it.copy(isConfirming = false) }
    }
}
