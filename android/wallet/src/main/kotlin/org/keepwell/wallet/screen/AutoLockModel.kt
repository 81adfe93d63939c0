package org.keepwell.wallet.screen

import kotlin.time.Duration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.SafetyService

/** After how long the wallet locks itself; null until that is known. */
data class AutoLockState(val choices: Choices, val set: AutoLock? = null, val isBusy: Boolean = true, val problem: Problem? = null) {
    /** What is offered for the time on the screen, and what is set where that is something else. */
    val choicesInFront get() = set?.let { choices.autoLockInFront.with(it.inFront) }.orEmpty()

    /** The same for the time out of sight. */
    val choicesInBackground get() = set?.let { choices.autoLockInBackground.with(it.inBackground) }.orEmpty()

    private fun List<Duration>.with(set: Duration?): List<Duration?> =
        if (set in this) this else (this + set).sortedWith(nullsLast(naturalOrder()))
}

/** What is chosen; null for never. */
sealed interface AutoLockEvent {
    data class InFront(val after: Duration?) : AutoLockEvent
    data class InBackground(val after: Duration?) : AutoLockEvent
    data object Retry : AutoLockEvent
}

/** Chooses after how long the wallet locks itself; each choice holds at once, and the newest stands. */
class AutoLockModel(
    private val safety: SafetyService,
    choices: Choices,
    scope: CoroutineScope,
) : ScreenModel<AutoLockState, AutoLockEvent>(AutoLockState(choices), scope) {
    init {
        load()
    }

    override fun on(event: AutoLockEvent) {
        when (event) {
            is AutoLockEvent.InFront -> choose { it.copy(inFront = event.after) }
            is AutoLockEvent.InBackground -> choose { it.copy(inBackground = event.after) }
            AutoLockEvent.Retry -> if (!state.value.isBusy) load()
        }
    }

    private fun load() {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val set = safety.autoLock().orElse { problem -> change { it.copy(problem = problem) } }
            change { it.copy(set = set ?: it.set, isBusy = false) }
        }
    }

    private fun choose(step: (AutoLock) -> AutoLock) {
        val now = state.value
        val before = now.set ?: return
        change { it.copy(set = step(before), isBusy = true, problem = null) }
        // What is being set already goes on with it.
        if (!now.isBusy) scope.launch(start = CoroutineStart.UNDISPATCHED) { toTheEnd { set(before) } }
    }

    /** Sets what is chosen, and again what was chosen meanwhile; where the newest can't be set, what the wallet has is shown. */
    private suspend fun set(before: AutoLock) {
        var kept = before
        do {
            val chosen = state.value.set ?: return
            val problem = safety.setAutoLock(chosen).problemOrNull()
            if (problem == null) kept = chosen
            val isNewest = state.value.set == chosen
            if (isNewest) change { it.copy(set = kept, isBusy = false, problem = problem) }
        } while (!isNewest)
    }
}
