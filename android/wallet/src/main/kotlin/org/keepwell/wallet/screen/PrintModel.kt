package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Printout
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.RecordService
import org.keepwell.wallet.service.SafetyService

/** Where printing stands. */
enum class PrintStep { CHOOSE, PIN, READY }

/** Records on paper. */
data class PrintState(
    val step: PrintStep = PrintStep.CHOOSE,
    val counts: List<CategoryCount> = emptyList(),
    /** What is printed; none: what a clinic asks for at check-in. */
    val categories: Set<Category> = emptySet(),
    val pin: PinState = PinState(),
    /** The pages; null until they are made. */
    val printout: Printout? = null,
    val problem: Problem? = null,
)

/** What is done while printing. */
sealed interface PrintEvent {
    data class Toggle(val category: Category) : PrintEvent
    data object CheckInSet : PrintEvent
    data object Next : PrintEvent
    class Pin(val event: PinEvent) : PrintEvent {
        override fun toString() = "Pin(..)"
    }

    /** Goes back; the pages are forgotten. */
    data object Back : PrintEvent
}

/**
 * Makes pages of records by the PIN, which the phone prints. They are in memory until the screen is left, also while the phone's own printing is in
 * front of it.
 */
class PrintModel(
    private val safety: SafetyService,
    records: RecordService,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<PrintState, PrintEvent>(PrintState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::make)

    /** Grows when nobody waits any more for what is being made. */
    private var forgotten = 0

    init {
        scope.launch { records.counts().orElse(::fail)?.let { counts -> change { it.copy(counts = counts) } } }
    }

    override fun on(event: PrintEvent) {
        val now = state.value
        when (event) {
            is PrintEvent.Toggle -> choose { if (event.category in it) it - event.category else it + event.category }
            PrintEvent.CheckInSet -> choose { emptySet() }
            PrintEvent.Next -> if (now.step == PrintStep.CHOOSE) change { it.copy(step = PrintStep.PIN, problem = null) }
            is PrintEvent.Pin -> if (now.step == PrintStep.PIN) entry.on(event.event)
            PrintEvent.Back -> if (!now.pin.isChecking) back(now.step)
        }
    }

    override fun hide() {
        entry.hide()
        if (state.value.step == PrintStep.PIN) forgotten++
    }

    override fun close() {
        entry.close()
        forget()
    }

    private fun choose(step: (Set<Category>) -> Set<Category>) {
        if (state.value.step == PrintStep.CHOOSE) change { it.copy(categories = step(it.categories), problem = null) }
    }

    private suspend fun make(pin: ByteArray): Outcome<*> {
        val asked = forgotten
        val outcome = safety.pages(pin, state.value.categories)
        when {
            outcome is Outcome.Done && asked != forgotten -> outcome.value.erase()
            outcome is Outcome.Done -> change { it.copy(step = PrintStep.READY, printout = outcome.value) }
            // A wrong PIN is said on the pad.
            outcome is Outcome.Failed && !outcome.problem.isAboutPin -> change { it.copy(step = PrintStep.CHOOSE, problem = outcome.problem) }
        }
        return outcome
    }

    private fun back(step: PrintStep) {
        if (step == PrintStep.CHOOSE) return leave()
        entry.clear()
        forget()
        change { it.copy(step = PrintStep.CHOOSE) }
    }

    private fun forget() {
        forgotten++
        state.value.printout?.erase()
        change { it.copy(printout = null) }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
