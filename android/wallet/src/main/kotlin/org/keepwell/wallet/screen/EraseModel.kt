package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.WalletServices

/** Where erasing stands. */
enum class EraseStep { EXPLAIN, PIN }

/** Everything gone from this phone. */
data class EraseState(
    /** Whether whoever erases knows the PIN no more. */
    val isForgotten: Boolean = false,
    /** Whether a finger or a face still opens what is about to be erased without the PIN. */
    val opensWithBiometrics: Boolean = false,
    val step: EraseStep = EraseStep.EXPLAIN,
    /** What nothing would bring back; null until it is known, and where it can't be. */
    val atRisk: AtRisk? = null,
    /** Whether decisions are being sent, so that they are not lost. */
    val isSending: Boolean = false,
    /** Whether it is asked once more, in place of the PIN. */
    val isAsking: Boolean = false,
    val isErasing: Boolean = false,
    val pin: PinState = PinState(),
    val problem: Problem? = null,
) {
    /** Whether it is still to be read what is at risk; whoever knows the PIN no more can't learn it. */
    val isLoading get() = !isForgotten && atRisk == null && problem == null

    /** Whether all is said that is to be known first. */
    val canGoOn get() = !isLoading && !isSending && !isErasing
}

/** What is done while erasing. */
sealed interface EraseEvent {
    data object Next : EraseEvent

    /** Sends what is at risk, and looks what still is. */
    data object Send : EraseEvent
    data object Retry : EraseEvent
    class Pin(val event: PinEvent) : EraseEvent {
        override fun toString() = "Pin(..)"
    }

    /** Answers the last question. */
    data object Confirm : EraseEvent
    data object Keep : EraseEvent
    data object Back : EraseEvent
}

/**
 * Says what stays, what is lost and what brings back the rest, asks, and has everything removed: by [erase], which gets the PIN, or null from whoever knows it no
 * more ([isForgotten]). That outlives this model, whose place goes with the wallet.
 */
class EraseModel(
    isForgotten: Boolean,
    private val services: WalletServices,
    private val erase: suspend (ByteArray?) -> Outcome<Unit>,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<EraseState, EraseEvent>(EraseState(isForgotten = isForgotten), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, erase)

    init {
        if (isForgotten) look() else load()
    }

    override fun on(event: EraseEvent) {
        val now = state.value
        if (now.pin.isChecking || now.isErasing || now.isSending && event != EraseEvent.Back) return
        when (event) {
            EraseEvent.Next -> if (now.canGoOn) change { if (it.isForgotten) it.copy(isAsking = true) else it.copy(step = EraseStep.PIN) }
            EraseEvent.Send -> if (now.atRisk != null) send()
            EraseEvent.Retry -> if (now.atRisk == null) load()
            is EraseEvent.Pin -> if (now.step == EraseStep.PIN) entry.on(event.event)
            EraseEvent.Confirm -> if (now.isAsking) eraseWithoutPin()
            EraseEvent.Keep -> change { it.copy(isAsking = false) }
            EraseEvent.Back -> back()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    private fun look() {
        scope.launch {
            // What can't be learned keeps nobody from erasing.
            val opens = services.safety.hasBiometrics().orElse { } ?: return@launch
            change { it.copy(opensWithBiometrics = opens) }
        }
    }

    private fun load() {
        change { it.copy(problem = null) }
        scope.launch {
            val atRisk = services.safety.atRisk().orElse(::fail) ?: return@launch
            change { it.copy(atRisk = atRisk) }
        }
    }

    private fun send() {
        change { it.copy(isSending = true, problem = null) }
        scope.launch {
            services.consent.sync().problemOrNull()?.let(::fail)
            // What was sent is at risk no more, also where not all of it was.
            val atRisk = services.safety.atRisk().orElse(::fail)
            change { it.copy(isSending = false, atRisk = atRisk ?: it.atRisk) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private fun eraseWithoutPin() {
        change { it.copy(isAsking = false, isErasing = true, problem = null) }
        scope.launch {
            val problem = erase(null).problemOrNull()
            change { it.copy(isErasing = false, problem = problem) }
        }
    }

    private fun back() {
        if (state.value.step == EraseStep.EXPLAIN) return leave()
        entry.clear()
        change { it.copy(step = EraseStep.EXPLAIN) }
    }
}
