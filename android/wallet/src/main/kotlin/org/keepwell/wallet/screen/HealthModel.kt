package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.HealthBundle
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.HealthSource

/** Where reading the phone's collection stands. */
enum class HealthStep { EXPLAIN, READING, FOUND }

/** What the phone has collected, before it is taken in. */
data class HealthState(
    val step: HealthStep = HealthStep.EXPLAIN,
    /** How many there are of each kind. */
    val counts: Map<HealthKind, Int> = emptyMap(),
    /** What may not be read. */
    val refused: Set<HealthKind> = emptySet(),
    val problem: Problem? = null,
) {
    /** Whether no measurement at all may be read; clinics' records not every phone has. */
    val isRefused get() = step == HealthStep.FOUND && counts.isEmpty() && refused.containsAll(HealthKind.entries - HealthKind.CLINIC_RECORDS)

    override fun toString() = "HealthState(step=$step, problem=$problem)"
}

/** What is done about it. */
sealed interface HealthEvent {
    /** The phone has asked the person, whatever they answered. */
    data object Answered : HealthEvent

    /** Takes in what was found. */
    data object Add : HealthEvent
    data object Back : HealthEvent
}

/** Reads what other apps have put together on this phone, says what it is, and hands it on as a file that the person has agreed to. */
class HealthModel(
    private val source: HealthSource,
    private val takeIn: (RecordFile) -> Unit,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<HealthState, HealthEvent>(HealthState(), scope) {
    private var found: HealthReading? = null
    private var reading: Job? = null

    override fun on(event: HealthEvent) {
        when (event) {
            HealthEvent.Answered -> if (state.value.step != HealthStep.READING) read()
            HealthEvent.Add -> found?.takeIf { it.counts.isNotEmpty() }?.let { takeIn(HealthBundle(it, source.name)) }
            HealthEvent.Back -> if (state.value.step == HealthStep.EXPLAIN) leave() else begin(null)
        }
    }

    override fun close() = begin(null)

    private fun read() {
        change { HealthState(step = HealthStep.READING) }
        reading = scope.launch {
            val read = source.read().orElse(::begin) ?: return@launch
            found = read
            change { HealthState(HealthStep.FOUND, read.counts, read.refused) }
        }
    }

    private fun begin(problem: Problem?) {
        reading?.cancel()
        found = null
        change { HealthState(problem = problem) }
    }
}
