package org.keepwell.wallet.screen

import java.time.InstantSource
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.FoundPerson
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.ImportService

/** Where taking a file in stands. */
enum class ImportStep { ASK, READING, WHO_IS_IT, REPORT }

/** A file that was chosen, sent or linked to, and what became of it. */
data class ImportState(
    val step: ImportStep = ImportStep.ASK,
    /** What whoever gave it calls it; null for a link. */
    val fileName: String? = null,
    /** What a link says of itself; null for a file, and for a link that can't be read. */
    val link: LinkPreview? = null,
    /** Whether the time is over for which the link was meant. */
    val isLinkOver: Boolean = false,
    /** The passcode of the link, as far as it was typed. */
    val passcode: String = "",
    /** How many bytes it says to have. */
    val size: Long? = null,
    /** How many were read. */
    val read: Long = 0,
    val people: List<FoundPerson> = emptyList(),
    val report: ImportReport? = null,
    /** What taking it back would do, while that is asked. */
    val undoing: ImportReach? = null,
    val undone: UndoReport? = null,
    val isBusy: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether it can be taken in, when the person says so: a link that can't be read leads nowhere. */
    val canAccept get() = fileName != null || link != null && (!link.needsPasscode || passcode.isNotBlank())

    /** How much was read, from 0 to 1, where that is known. */
    val share get() = size?.takeIf { it > 0 }?.let { (read.toFloat() / it).coerceIn(0f, 1f) }

    override fun toString() = "ImportState(step=$step, isBusy=$isBusy, problem=$problem)"
}

/** What is done while taking a file in. */
sealed interface ImportEvent {
    data object Accept : ImportEvent

    /** Types the passcode of a link; it says nothing, so that no log can. */
    class TypePasscode(val text: String) : ImportEvent {
        override fun toString() = "TypePasscode(..)"
    }

    /** The patient is this one of the people. */
    data class Choose(val person: Int) : ImportEvent
    data object Cancel : ImportEvent
    data object AskUndo : ImportEvent
    data object KeepAll : ImportEvent
    data object Undo : ImportEvent
}

/** Takes in what came from outside, once the person said so. */
class ImportModel(
    private val incoming: Incoming.Records,
    private val imports: ImportService,
    private val clock: InstantSource,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ImportState, ImportEvent>(ImportState(), scope) {
    private var work: Job? = null

    /** What lies behind the link, once it was fetched: some links open only once. */
    private var fetched: List<RecordFile>? = null

    init {
        ask(null)
    }

    override fun hide() = change { it.copy(passcode = "") }

    override fun on(event: ImportEvent) {
        val now = state.value
        if (now.isBusy && event != ImportEvent.Cancel) return
        when (event) {
            ImportEvent.Accept -> if (now.step == ImportStep.ASK && now.canAccept) take(null)
            is ImportEvent.TypePasscode ->
                change { it.copy(passcode = event.text.take(LONGEST_PASSCODE), problem = it.problem.takeIf { problem -> problem !is Problem.WrongPasscode }) }
            is ImportEvent.Choose -> if (now.step == ImportStep.WHO_IS_IT) take(event.person)
            ImportEvent.Cancel -> cancel(now.step)
            ImportEvent.AskUndo -> askUndo()
            ImportEvent.KeepAll -> change { it.copy(undoing = null) }
            ImportEvent.Undo -> undo()
        }
    }

    private fun take(person: Int?) {
        change { it.copy(step = ImportStep.READING, read = 0, problem = null) }
        work = scope.launch {
            val files = files() ?: return@launch
            change { it.copy(size = files.sumOf { file -> file.size ?: 0 }.takeIf { size -> size > 0 }, passcode = "") }
            val result = imports.importFiles(files, person) { read -> change { it.copy(read = read) } }.orElse(::ask) ?: return@launch
            change {
                when (result) {
                    is ImportResult.Taken -> it.copy(step = ImportStep.REPORT, report = result.report)
                    is ImportResult.WhoIsIt -> it.copy(step = ImportStep.WHO_IS_IT, people = result.people)
                }
            }
        }
    }

    private suspend fun files(): List<RecordFile>? = when (incoming) {
        is Incoming.File -> listOf(incoming.file)
        is Incoming.Link -> fetched ?: fetch(incoming)?.also { fetched = it }
    }

    private suspend fun fetch(link: Incoming.Link): List<RecordFile>? {
        val passcode = state.value.passcode.takeIf { state.value.link?.needsPasscode == true }?.trim()?.encodeToByteArray()
        try {
            return imports.openLink(link.text, RECIPIENT, passcode).orElse(::ask)
        } finally {
            passcode?.fill(0)
        }
    }

    private fun cancel(step: ImportStep) {
        if (step != ImportStep.READING) return leave()
        work?.cancel()
        ask(null)
    }

    /** Asks about what came; anew, where it did not go in, and then without the passcode of what was fetched. */
    private fun ask(problem: Problem?) = change {
        when (incoming) {
            is Incoming.File -> ImportState(fileName = incoming.file.name, size = incoming.file.size, problem = problem)
            is Incoming.Link -> when (val read = imports.readLink(incoming.text)) {
                is Outcome.Done -> {
                    val link = read.value.copy(needsPasscode = read.value.needsPasscode && fetched == null)
                    ImportState(link = link, isLinkOver = link.expires?.isBefore(clock.instant()) == true, problem = problem)
                }
                is Outcome.Failed -> ImportState(problem = read.problem)
            }
        }
    }

    private fun askUndo() = busy {
        val id = state.value.report?.id ?: return@busy
        val reach = imports.importReach(id).orElse(::fail) ?: return@busy
        change { it.copy(undoing = reach) }
    }

    private fun undo() {
        val id = state.value.report?.takeIf { state.value.undoing != null }?.id ?: return
        change { it.copy(undoing = null) }
        busy {
            val undone = toTheEnd { imports.undoImport(id) }.orElse(::fail) ?: return@busy
            change { it.copy(undone = undone) }
        }
    }

    private fun busy(block: suspend () -> Unit) {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            block()
            change { it.copy(isBusy = false) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(undoing = null, problem = problem) }

    private companion object {
        /** Whoever shares learns that this opened it: no name, and no more than they know already. */
        const val RECIPIENT = "Keepwell"

        /** More than anybody types by hand. */
        const val LONGEST_PASSCODE = 200
    }
}
