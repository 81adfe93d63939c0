package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordVersion
import org.keepwell.wallet.model.SeriesResult
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.RecordService

/** One record: what can be said plainly, where it comes from, and everything as it was received. */
data class RecordState(
    val picture: RecordPicture? = null,
    /** Its versions, the newest first. */
    val history: List<RecordVersion> = emptyList(),
    /** Other results of the same kind, the newest first. */
    val others: List<SeriesResult> = emptyList(),
    val showsAllOthers: Boolean = false,
    val received: String = "",
    val showsReceived: Boolean = false,
    val problem: Problem? = null,
) {
    /** The other results that are shown. */
    val shownOthers get() = if (showsAllOthers) others else others.take(FIRST_OTHERS)

    override fun toString() = "RecordState(..)"

    private companion object {
        const val FIRST_OTHERS = 5
    }
}

/** What is done on a record's page. */
sealed interface RecordEvent {
    data class Open(val id: RecordId) : RecordEvent
    data class OpenFile(val index: Int) : RecordEvent
    data object ShowAllOthers : RecordEvent
    data object ToggleReceived : RecordEvent
    data object Retry : RecordEvent
}

/** Shows one record; what cannot be read as FHIR is still shown as received. */
class RecordModel(
    private val id: RecordId,
    private val records: RecordService,
    private val navigator: Navigator,
    scope: CoroutineScope,
) : ScreenModel<RecordState, RecordEvent>(RecordState(), scope) {
    init {
        load()
    }

    override fun on(event: RecordEvent) {
        when (event) {
            is RecordEvent.Open -> navigator.open(Route.Record(event.id))
            is RecordEvent.OpenFile -> navigator.open(Route.Attachment(id, event.index))
            RecordEvent.ShowAllOthers -> change { it.copy(showsAllOthers = true) }
            RecordEvent.ToggleReceived -> change { it.copy(showsReceived = !it.showsReceived) }
            RecordEvent.Retry -> load()
        }
    }

    private fun load() {
        change { it.copy(problem = null) }
        scope.launch {
            val picture = records.picture(id).orElse(::fail) ?: return@launch
            val bytes = records.content(id).orElse(::fail) ?: return@launch
            val isUnreadable = picture.row.kind == RecordKind.UNREADABLE
            change { it.copy(picture = picture, received = bytes.decodeToString(), showsReceived = it.showsReceived || isUnreadable) }
            val history = records.history(id).orElse(::fail) ?: return@launch
            change { it.copy(history = history.reversed()) }
            if (picture.row.kind != RecordKind.OBSERVATION) return@launch
            val series = records.series(id).orElse(::fail) ?: return@launch
            change { it.copy(others = series.filter { other -> other.id != id }) }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }
}
