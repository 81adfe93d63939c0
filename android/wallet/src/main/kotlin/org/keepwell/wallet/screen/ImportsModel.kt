package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.ImportService

/** What was taken in before, and what was set aside. */
data class ImportsState(
    val imports: List<ImportEntry> = emptyList(),
    val setAside: List<SetAside> = emptyList(),
    val isLoading: Boolean = true,
    /** The import that is asked about, and what taking it back would do. */
    val undoing: Undoing? = null,
    val undone: UndoReport? = null,
    /** What is asked about before it is removed for good. */
    val dropping: SetAside? = null,
    val problem: Problem? = null,
) {
    override fun toString() = "ImportsState(isLoading=$isLoading, problem=$problem)"
}

/** An import that may be taken back. */
data class Undoing(val import: ImportEntry, val reach: ImportReach)

/** What is done with what came in. */
sealed interface ImportsEvent {
    data class AskUndo(val id: ImportId) : ImportsEvent
    data object Undo : ImportsEvent
    data class AskDrop(val id: SetAsideId) : ImportsEvent
    data object Drop : ImportsEvent

    /** Leaves everything as it is. */
    data object Keep : ImportsEvent
    data object Retry : ImportsEvent
}

/** Lists what came in, takes an import back, and removes what was set aside, each after asking. */
class ImportsModel(private val service: ImportService, scope: CoroutineScope) : ScreenModel<ImportsState, ImportsEvent>(ImportsState(), scope) {
    init {
        load()
    }

    override fun on(event: ImportsEvent) {
        val now = state.value
        if (now.isLoading) return
        when (event) {
            is ImportsEvent.AskUndo -> now.imports.find { it.id == event.id && it.undone == null }?.let(::askUndo)
            ImportsEvent.Undo -> now.undoing?.let { undo(it.import.id) }
            is ImportsEvent.AskDrop -> change { it.copy(dropping = it.setAside.find { one -> one.id == event.id }) }
            ImportsEvent.Drop -> now.dropping?.let { drop(it.id) }
            ImportsEvent.Keep -> change { it.copy(undoing = null, dropping = null) }
            ImportsEvent.Retry -> load()
        }
    }

    private fun load() = work { read() }

    private suspend fun read() {
        val imports = service.imports().orElse(::fail) ?: return
        val setAside = service.quarantine().orElse(::fail) ?: return
        change { it.copy(imports = imports, setAside = setAside) }
    }

    private fun askUndo(entry: ImportEntry) = work {
        val reach = service.importReach(entry.id).orElse(::fail) ?: return@work
        change { it.copy(undoing = Undoing(entry, reach)) }
    }

    private fun undo(id: ImportId) = work {
        change { it.copy(undoing = null) }
        val undone = toTheEnd { service.undoImport(id) }.orElse(::fail) ?: return@work
        change { it.copy(undone = undone) }
        read()
    }

    private fun drop(id: SetAsideId) = work {
        change { it.copy(dropping = null) }
        toTheEnd { service.dropQuarantined(id) }.orElse(::fail) ?: return@work
        read()
    }

    private fun work(block: suspend () -> Unit) {
        change { it.copy(isLoading = true, undone = null, problem = null) }
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            block()
            change { it.copy(isLoading = false) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
