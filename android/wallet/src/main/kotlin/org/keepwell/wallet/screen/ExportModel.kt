package org.keepwell.wallet.screen

import java.time.InstantSource
import java.time.LocalDate
import java.time.ZoneId
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.ChosenPlace
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.ExportReport
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.Export
import org.keepwell.wallet.service.SafetyService

/** Where writing the records into a file stands. */
enum class ExportStep { EXPLAIN, PIN, WRITING, DONE }

/** All records in a file of the person's choice. */
data class ExportState(
    val step: ExportStep = ExportStep.EXPLAIN,
    val kind: ExportKind = ExportKind.HISTORY,
    /** How the file is called, unless the person calls it otherwise. */
    val fileName: String = "",
    val pin: PinState = PinState(),
    /** How many bytes were written. */
    val written: Long = 0,
    val report: ExportReport? = null,
    /** What is left of a file that was broken off; null where none was. */
    val leftover: Leftover? = null,
    val problem: Problem? = null,
)

/** What is done while writing the records into a file. */
sealed interface ExportEvent {
    data class Choose(val kind: ExportKind) : ExportEvent

    /** The person has chosen where the file goes. */
    class Place(val chosen: ChosenPlace) : ExportEvent
    class Pin(val event: PinEvent) : ExportEvent {
        override fun toString() = "Pin(..)"
    }

    /** Stops what is being written, or goes back. */
    data object Back : ExportEvent
}

/**
 * Writes the records, by the PIN, to a place that the person has chosen before: while they choose, the app is out of sight, where what
 * a PIN gave is forgotten. A wallet that locks meanwhile ends this model; then the place comes as [chosen] to the next one, and so does what is left of a
 * file that was broken off, [leftover], which this one tells [onBrokenOff].
 */
class ExportModel(
    private val safety: SafetyService,
    private val clock: InstantSource,
    chosen: ChosenPlace?,
    leftover: Leftover?,
    private val onBrokenOff: (Leftover) -> Unit,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ExportState, ExportEvent>(ExportState(leftover = leftover), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::begin)
    private val proof = Proof<Export>()
    private var place: ExportPlace? = null
    private var writing: Job? = null
    private var isClosed = false

    init {
        choose(ExportKind.HISTORY)
        chosen?.let(::take)
    }

    override fun on(event: ExportEvent) {
        val now = state.value
        when (event) {
            is ExportEvent.Choose -> if (now.step == ExportStep.EXPLAIN) choose(event.kind)
            is ExportEvent.Place -> if (now.step == ExportStep.EXPLAIN) take(event.chosen) else remove(event.chosen.place)
            is ExportEvent.Pin -> if (now.step == ExportStep.PIN) entry.on(event.event)
            ExportEvent.Back -> if (!now.pin.isChecking) back(now.step)
        }
    }

    /** What is being written goes on: the wallet itself ends it where it locks. */
    override fun hide() {
        entry.hide()
        if (state.value.step == ExportStep.PIN) proof.forget()
    }

    override fun close() {
        isClosed = true
        entry.close()
        proof.forget()
        if (state.value.step == ExportStep.PIN) place?.let(::remove)
    }

    private fun choose(kind: ExportKind) {
        val today = LocalDate.ofInstant(clock.instant(), ZoneId.systemDefault())
        change { it.copy(kind = kind, fileName = "keepwell-$today.${kind.fileEnding}") }
    }

    private fun take(chosen: ChosenPlace) {
        choose(chosen.kind)
        place = chosen.place
        change { it.copy(step = ExportStep.PIN, leftover = null, problem = null) }
    }

    private suspend fun begin(pin: ByteArray): Outcome<*> = proof.get({ safety.beginExport(pin) }) { export ->
        place?.let { write(export, it) }
    }

    private fun write(export: Export, place: ExportPlace) {
        change { it.copy(step = ExportStep.WRITING, written = 0) }
        writing = scope.launch {
            var isWhole = false
            try {
                val outcome = export.write(state.value.kind, place) { bytes -> change { it.copy(written = bytes) } }
                if (outcome is Outcome.Done) {
                    isWhole = true
                    change { it.copy(step = ExportStep.DONE, report = outcome.value) }
                } else if (outcome is Outcome.Failed) {
                    change { it.copy(problem = outcome.problem) }
                }
            } finally {
                proof.forget()
                // Also where the wallet has locked itself, and this model is over.
                if (!isWhole) withContext(NonCancellable) { breakOff(place.remove()) }
            }
        }
    }

    private fun breakOff(leftover: Leftover) {
        change { it.copy(step = ExportStep.EXPLAIN, leftover = leftover) }
        place = null
        if (isClosed) onBrokenOff(leftover)
    }

    private fun back(step: ExportStep) = when (step) {
        ExportStep.EXPLAIN, ExportStep.DONE -> leave()
        ExportStep.PIN -> {
            entry.clear()
            place?.let(::remove)
            place = null
            change { it.copy(step = ExportStep.EXPLAIN) }
        }
        ExportStep.WRITING -> writing?.cancel() ?: Unit
    }

    private fun remove(place: ExportPlace) {
        // At once: what is closed has no scope any more.
        scope.launch(start = CoroutineStart.UNDISPATCHED) { withContext(NonCancellable) { place.remove() } }
    }
}
