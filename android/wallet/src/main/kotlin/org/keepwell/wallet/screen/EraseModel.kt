package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.SafetyService

/** Where erasing stands. */
enum class EraseStep { EXPLAIN, PIN }

/** Everything gone from this phone. */
data class EraseState(
    /** Whether whoever erases knows the PIN no more. */
    val isForgotten: Boolean = false,
    val step: EraseStep = EraseStep.EXPLAIN,
    /** Whether there is no copy anywhere that the words could bring back; null where that can't be known. */
    val isOnlyHere: Boolean? = null,
    /** Whether it is asked once more, in place of the PIN. */
    val isAsking: Boolean = false,
    val isErasing: Boolean = false,
    val pin: PinState = PinState(),
    val problem: Problem? = null,
)

/** What is done while erasing. */
sealed interface EraseEvent {
    data object Next : EraseEvent
    class Pin(val event: PinEvent) : EraseEvent {
        override fun toString() = "Pin(..)"
    }

    /** Answers the last question. */
    data object Confirm : EraseEvent
    data object Keep : EraseEvent
    data object Back : EraseEvent
}

/**
 * Says what stays and what brings it back, asks, and has everything removed: by [erase], which gets the PIN, or null from whoever knows it no
 * more ([isForgotten]). That outlives this model, whose place goes with the wallet.
 */
class EraseModel(
    isForgotten: Boolean,
    private val safety: SafetyService,
    private val erase: suspend (ByteArray?) -> Outcome<Unit>,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<EraseState, EraseEvent>(EraseState(isForgotten = isForgotten), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, erase)

    init {
        if (!isForgotten) {
            scope.launch {
                val isConnected = safety.isConnected().orElse { return@launch } ?: return@launch
                change { it.copy(isOnlyHere = !isConnected) }
            }
        }
    }

    override fun on(event: EraseEvent) {
        val now = state.value
        if (now.pin.isChecking || now.isErasing) return
        when (event) {
            EraseEvent.Next -> change { if (it.isForgotten) it.copy(isAsking = true) else it.copy(step = EraseStep.PIN) }
            is EraseEvent.Pin -> if (now.step == EraseStep.PIN) entry.on(event.event)
            EraseEvent.Confirm -> if (now.isAsking) eraseWithoutPin()
            EraseEvent.Keep -> change { it.copy(isAsking = false) }
            EraseEvent.Back -> back()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

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
