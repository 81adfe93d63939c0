package org.keepwell.wallet.screen

import kotlin.time.Duration
import kotlinx.coroutines.CoroutineScope
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

/** Chooses after how long the wallet locks itself; each choice holds at once. */
class AutoLockModel(
    private val safety: SafetyService,
    choices: Choices,
    scope: CoroutineScope,
) : ScreenModel<AutoLockState, AutoLockEvent>(AutoLockState(choices), scope) {
    init {
        load()
    }

    override fun on(event: AutoLockEvent) {
        if (state.value.isBusy) return
        val set = state.value.set
        when (event) {
            is AutoLockEvent.InFront -> if (set != null) choose(set, set.copy(inFront = event.after))
            is AutoLockEvent.InBackground -> if (set != null) choose(set, set.copy(inBackground = event.after))
            AutoLockEvent.Retry -> load()
        }
    }

    private fun load() {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val set = safety.autoLock().orElse { problem -> change { it.copy(problem = problem) } }
            change { it.copy(set = set ?: it.set, isBusy = false) }
        }
    }

    private fun choose(before: AutoLock, chosen: AutoLock) {
        change { it.copy(set = chosen, isBusy = true, problem = null) }
        scope.launch {
            val problem = safety.setAutoLock(chosen).problemOrNull()
            change { it.copy(set = if (problem == null) chosen else before, isBusy = false, problem = problem) }
        }
    }
}
